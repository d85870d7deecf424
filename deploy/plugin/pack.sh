#!/usr/bin/env bash
# Packs the built plugin as Grafana unpacks it: one folder named after the plugin, its
# backends executable. pack.sh DIST OUT writes OUT/ID-VERSION.zip.
set -euo pipefail
id=takt-orders-datasource
[ -f "$1/plugin.json" ] && compgen -G "$1/gpx_takt_orders_*" >/dev/null || { echo "$1 holds no plugin: make plugin builds one" >&2; exit 1; }
command -v zip >/dev/null || { echo "zip is missing: install the package zip" >&2; exit 1; }
version="$(sed -n 's/^ *"version": "\(.*\)".*/\1/p' "$1/plugin.json" | head -1)"
stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
cp -r "$1" "$stage/$id"
chmod -R u=rwX,go=rX "$stage/$id"
chmod 755 "$stage/$id"/gpx_takt_orders_*
mkdir -p "$2"
out="$(cd "$2" && pwd)/$id-$version.zip"
rm -f "$out"
(cd "$stage" && zip -qrX "$out" "$id")
echo "$2/${out##*/}"
