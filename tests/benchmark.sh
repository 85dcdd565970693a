#!/usr/bin/env bash
# Runs a benchmark: bash tests/benchmark.sh NAME [ARGUMENTS]. Without a name it lists them, each with its first line.
set -euo pipefail
cd "$(dirname "$0")/InferenceMeter.Benchmarks"
if [ $# -eq 0 ]; then
    for script in *.sh; do
        printf '%-22s %s\n' "${script%.sh}" "$(sed -n '2s/^# //p' "$script")"
    done
    exit 0
fi
name=$1
shift
[ -f "$name.sh" ] || { echo "there is no benchmark '$name'; bash tests/benchmark.sh lists them" >&2; exit 2; }
cd - >/dev/null
exec bash "$(dirname "$0")/InferenceMeter.Benchmarks/$name.sh" "$@"
