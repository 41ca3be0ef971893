#!/bin/sh
# Brings the two databases of the Temporal server to the shape that its version wants; safe to run again.
set -eu

bring_up_to_date() {
  database=$1
  schema=$2
  sql() {
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_HOST" --port 5432 \
      --user "$SQL_USER" --db "$database" "$@"
  }
  sql setup-schema -v 0.0
  sql update-schema --schema-name "$schema"
}

bring_up_to_date temporal postgresql/v12/temporal
bring_up_to_date temporal_visibility postgresql/v12/visibility
