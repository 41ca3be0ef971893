#!/bin/bash
# Runs once, when the volume is empty: a user and databases for each of the two programs that keep data.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set app_password="$THROUGHLINE_DB_PASSWORD" --set temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role throughline login password :'app_password';
create role temporal login password :'temporal_password';
create database throughline owner throughline;
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke connect on database throughline, temporal, temporal_visibility from public;
SQL
