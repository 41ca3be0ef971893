#!/bin/sh
# Makes the namespace and its search attributes when they are missing; safe to run again.
set -eu

attempts_left=30
until temporal operator cluster health >/dev/null 2>&1; do
  attempts_left=$((attempts_left - 1))
  if [ "$attempts_left" -eq 0 ]; then
    echo "Temporal at $TEMPORAL_ADDRESS did not become healthy" >&2
    exit 1
  fi
  sleep 2
done

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d

add_search_attribute() {
  # A new namespace takes a few seconds to be known everywhere.
  attempts_left=30
  until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"; do
    attempts_left=$((attempts_left - 1))
    if [ "$attempts_left" -eq 0 ]; then
      echo "The search attribute $1 could not be made" >&2
      exit 1
    fi
    sleep 2
  done
}

add_search_attribute TlPilotId Keyword
add_search_attribute TlMapVersion Int
