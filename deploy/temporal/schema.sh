#!/bin/sh
# Makes Temporal's two databases on PostgreSQL, or brings them up to these tools' version. May be repeated.
set -eu
schema=/etc/temporal/schema/postgresql/v12

for part in temporal visibility; do
  case "$part" in
    temporal) database=temporal ;;
    *) database=temporal_visibility ;;
  esac
  temporal-sql-tool --db "$database" create
  # Gives an empty database the table of its version; leaves one that has it alone.
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$schema/$part/versioned"
done
