#!/usr/bin/env bash
# Runs every test, then each fuzz target for five seconds, and tells the ten
# slowest steps. Called by `make test`.
set -euo pipefail
cd "$(dirname "$0")/../.."
GO="${GO:-go}"
missing=()
command -v npm >/dev/null || missing+=("npm, which fetches the ClickHouse library")
command -v java >/dev/null || missing+=("java, which runs Apache Kafka")
command -v mvn >/dev/null || missing+=("mvn, which fetches Apache Kafka")
if [ ${#missing[@]} -gt 0 ]; then
  printf 'make test needs %s: install it and run again.\n' "${missing[@]}" >&2
  exit 1
fi
log="$(mktemp -d)"
trap 'rm -rf "$log"' EXIT
sum() { "$GO" tool -modfile=deploy/tools/gotestsum.mod gotestsum "$@"; }

run() { # name, packages at once, packages
  local name="$1" at_once="$2"
  shift 2
  sum --format pkgname-and-test-fails --format-hide-empty-pkg --jsonfile "$log/$name.json" -- -p "$at_once" -timeout 25m "$@" || status=1
}

# The whole program's tests kill and stall real processes while they wait for one
# another: they have the machine alone. Of the others two packages share it.
status=0
run whole 1 ./cmd/takt
# shellcheck disable=SC2046 # one word a package
run rest 2 $("$GO" list ./... | grep -v '/cmd/takt$')
cat "$log/whole.json" "$log/rest.json" > "$log/tests.json"

export GO FUZZTIME="${FUZZTIME:-5s}"
fuzz() { # package, target
  local began=$SECONDS out
  if ! out="$("$GO" test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 1x -parallel 1 2>&1)"; then
    # Go's fuzzer at times ends its time with this error although it found nothing:
    # what it finds it writes to testdata, and says so.
    if [[ "$out" != *"context deadline exceeded"* || "$out" == *"Failing input written"* ]]; then
      printf '%s\n%s\n' "$out" "FAIL $1 $2"
      return 1
    fi
  fi
  echo "$((SECONDS - began)) s  $1 $2"
}
export -f fuzz
echo
echo "fuzzing, $FUZZTIME each, two targets at once"
grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|^(.*)/[^/]+:[0-9]+:func |\1 |' | sort |
  xargs -P 2 -L 1 bash -c 'fuzz "$@"' fuzz || status=1

echo
echo "ten slowest steps"
sum tool slowest --jsonfile "$log/tests.json" --threshold 1ms --num 10 || true
echo
exit $status
