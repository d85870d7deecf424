#!/bin/sh
# Makes the secrets of deploy/compose.yaml in a directory, each in a file of its own;
# those that are there stay. The directory is for its owner alone; the files are
# readable, since each container reads them as a user of its own.
set -eu
dir="${1:?name the directory}"
mkdir -p "$dir"
chmod 700 "$dir"
for name in takt_writer_password takt_boards_password takt_reader_password grafana_password notify_token api_token; do
  if [ ! -s "$dir/$name" ]; then
    od -An -N 16 -t x1 /dev/urandom | tr -d ' \n' > "$dir/$name"
  fi
  chmod 444 "$dir/$name"
done
