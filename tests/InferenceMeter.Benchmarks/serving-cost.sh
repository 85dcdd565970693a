#!/usr/bin/env bash
# What serving costs: images per second at saturation through gRPC with pixels over `bench` in the model scope, and
# through REST with JPEGs over `bench` in the pipeline scope, in turns; the generator runs on the same cores.
# Arguments: PAIRS SECONDS, then options of the model for both sides.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pairs=${1:-4}; seconds=${2:-20}
shift $(( $# > 2 ? 2 : $# ))
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
meter="$here/bin/Release/net10.0/inferencemeter.dll"
rate() {
  python3 - "$1" <<'PYTHON'
import json, sys
run = json.load(open(sys.argv[1]))
print(run["imagesPerSecond"] if "scenario" in run else run["images"] / run["durationSeconds"])
PYTHON
}
# bench SCOPE OPTIONS...
bench() {
  local scope=$1
  shift
  dotnet "$meter" bench --scope "$scope" --seconds "$seconds" --json "$work/$scope.json" "$@" >/dev/null 2>&1 || true
}
# load NAME ADDRESS OPTIONS...
load() {
  local name=$1 address=$2
  shift 2
  dotnet "$meter" load "$address" "$@" --scenario closed --concurrency 16 --seconds "$seconds" --warm-up 4 \
    --json "$work/$name.json" >/dev/null 2>&1 || true
}
for pair in $(seq "$pairs"); do
  bench model "$@"
  bench pipeline "$@"
  dotnet "$meter" --background off --urls http://localhost:18280 --grpc-urls http://localhost:18281 "$@" \
    >/dev/null 2>&1 &
  server=$!
  until curl -sf http://localhost:18280/healthz/ready >/dev/null; do sleep 0.2; done
  load grpc http://localhost:18281 --protocol grpc
  load rest http://localhost:18280
  kill -TERM "$server"; wait "$server" || true; server=
  echo "pair $pair: bench model $(rate "$work/model.json"), gRPC $(rate "$work/grpc.json");" \
    "bench pipeline $(rate "$work/pipeline.json"), REST $(rate "$work/rest.json") images/s" | tee -a "$work/pairs.txt"
done
python3 - "$work/pairs.txt" <<'PYTHON'
import math, re, sys
rows = [[float(x) for x in re.findall(r"[\d.]+(?=[,;]| images)", line.split(":", 1)[1])] for line in open(sys.argv[1])]
# Student's t at 95 % by the number of pairs.
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571}

def half_width(ratios, mean):
    if len(ratios) < 2:
        return float("nan")
    variance = sum((ratio - mean) ** 2 for ratio in ratios) / (len(ratios) - 1)
    return T.get(len(ratios), 2.4) * math.sqrt(variance / len(ratios))

for name, a, b in (
    ("gRPC with pixels over bench, model scope", 1, 0),
    ("REST with JPEGs over bench, pipeline scope", 3, 2),
):
    ratios = [row[a] / row[b] for row in rows]
    mean = sum(ratios) / len(ratios)
    half = half_width(ratios, mean)
    print(
        f"{name}: {mean:.3f} ({mean - half:.3f} to {mean + half:.3f}, 95 % interval of {len(ratios)} pairs), "
        f"min {min(ratios):.3f}, max {max(ratios):.3f}"
    )
PYTHON
