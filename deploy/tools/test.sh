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

# Packages run one after another: the real engines want both cores.
status=0
sum --format pkgname-and-test-fails --format-hide-empty-pkg --jsonfile "$log/tests.json" -- \
  -p 1 -timeout 25m ./... || status=$?

fuzz="${FUZZTIME:-5s}"
echo
echo "fuzzing, $fuzz each"
: > "$log/fuzz"
while read -r package target; do
  began=$SECONDS
  if ! out="$("$GO" test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$fuzz" -fuzzminimizetime 1x 2>&1)"; then
    # Go's fuzzer at times ends its time with this error although it found nothing:
    # what it finds it writes to testdata, and says so.
    if [[ "$out" == *"context deadline exceeded"* && "$out" != *"Failing input written"* ]]; then
      echo "(the fuzzer's time ended inside a run)"
    else
      echo "$out"
      status=1
    fi
  fi
  echo "$((SECONDS - began)) s  $package $target" | tee -a "$log/fuzz"
done < <(grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|^(.*)/[^/]+:[0-9]+:func |\1 |' | sort)

echo
echo "ten slowest steps"
sum tool slowest --jsonfile "$log/tests.json" --threshold 1ms --num 10 || true
echo
exit $status
