#!/bin/sh
# Makes Tenure's own user and database on the server that PGHOST and the other PG variables name, as a superuser.
# May be repeated: it gives the user the password anew, and leaves what is there alone.
set -eu
: "${TENURE_STORE_PASSWORD:?}"
export TENURE_DATABASE="${TENURE_DATABASE:-tenure}"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv name TENURE_DATABASE
\getenv password TENURE_STORE_PASSWORD
-- The password stays out of the server's log, whatever that is set to keep.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
