#!/bin/bash
# Creates Takt's users when the server starts for the first time: the statements of
# takt migrate --users, with the hashes of the passwords that stand in files.
set -euo pipefail
sql="$(cat /etc/takt/users.sql)"
for user in takt_writer takt_boards takt_reader; do
  hash="$(tr -d '\n' < "/run/secrets/${user}_password" | sha256sum | cut -d ' ' -f 1)"
  sql="${sql//@$user@/$hash}"
done
clickhouse-client --host 127.0.0.1 --multiquery <<< "$sql"
