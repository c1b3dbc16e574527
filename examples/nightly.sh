#!/usr/bin/env bash
# One night, for cron or a timer: nightly.sh DATA_DIR [OPTIONS OF distill]
# Too few events, a gate that is not passed, or another run are no failures: tomorrow is another night.
set -uo pipefail
data=$1
shift

tlpo-guard distill --data-dir "$data" --json "$@" > "$data/last-night.json"
code=$?
case $code in
  0) echo "a new version is served: $(tlpo-guard adapters list --data-dir "$data" --json | grep '"current": "\*')" ;;
  3) echo "the new version is kept, and not served: a check failed, see report.html beside it" ;;
  4) echo "too few events yet" ;;
  5) echo "another run is under way" ;;
  *) exit "$code" ;;
esac
tlpo-guard adapters prune --keep 10 --data-dir "$data"
