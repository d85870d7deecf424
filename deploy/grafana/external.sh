#!/bin/sh
# Tells Grafana to give its alerts to Alertmanager, which has the routes, and to nobody
# else; no file of its provisioning can. Called by make up ALERTING=grafana.
set -eu
url="${1:?name the address of Grafana}"
password="${2:?name the file with the password of admin}"
tries=60
until curl -fsS -o /dev/null "$url/api/health" 2> /dev/null; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    echo "Grafana does not answer at $url: run make up again when it does." >&2
    exit 1
  fi
  sleep 2
done
# The password goes by standard input: arguments are for everybody to see.
printf 'user = "admin:%s"\n' "$(cat "$password")" |
  curl -fsS -o /dev/null -K - -X POST -H 'Content-Type: application/json' \
    -d '{"alertmanagersChoice": "external"}' "$url/api/v1/ngalert/admin_config"
