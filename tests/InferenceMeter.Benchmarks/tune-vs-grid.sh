#!/usr/bin/env bash
# The search of `tune` against trying every configuration at full length. Arguments go to both (such as --session null).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
meter="$here/bin/Release/net10.0/inferencemeter.dll"
cd "$work"
# bench takes no models as arguments; the settings file names them.
bench_arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --session | --synthetic-photos | --images) echo "$1" "$2"; shift 2 ;;
      *) shift ;;
    esac
  done
}
dotnet "$meter" tune "$@" --output search.json | tee search.txt
dotnet "$meter" tune "$@" --exhaustive --output grid.json | tee grid.txt
# The two in turns: a grid that took a quarter of an hour has seen the machine at its best and at its worst.
for turn in 1 2 3 4; do
  for side in search grid; do
    dotnet "$meter" bench --settings "$side.json" $(bench_arguments "$@") --seconds 30 --json "$side-$turn.json" \
      >/dev/null 2>&1 || true
  done
done
python3 - <<'PYTHON'
import json, math
search, grid = (json.load(open(f"{name}.json"))["Tuned"] for name in ("search", "grid"))
def rate(side, turn):
    run = json.load(open(f"{side}-{turn}.json"))
    return run["images"] / run["durationSeconds"]
ratios = [rate("search", turn) / rate("grid", turn) for turn in (1, 2, 3, 4)]
mean = sum(ratios) / 4
half = 3.182 * math.sqrt(sum((r - mean) ** 2 for r in ratios) / 3) / 2
print(
    f"search took {search['seconds']:.0f} s, grid {grid['seconds']:.0f} s of {grid['configurations']} configurations: "
    f"{search['seconds'] / grid['seconds']:.3f} of the time"
)
print(
    f"images/s of what the search found over the grid's, in turns: {mean:.3f} "
    f"({mean - half:.3f} to {mean + half:.3f}, 95 % interval of 4 pairs)"
)
PYTHON
