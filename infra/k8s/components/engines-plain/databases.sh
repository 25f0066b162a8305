#!/bin/sh
# Makes a role and a database of its own for each service, the first time that PostgreSQL starts. Nobody may
# even connect to another's. The passwords come from the Secret `postgres`, one for each role.
set -eu
for service in auth inventory orders payments notifications; do
  eval "password=\${PASSWORD_$(echo "$service" | tr a-z A-Z)}"
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
    --set=role="$service" --set=password="$password" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
