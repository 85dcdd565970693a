#!/usr/bin/env bash
# What the placement of threads and memory is worth in INT8 from JPEGs: inference threads pinned to cores, spinning,
# huge pages. In turns.
# Arguments: PAIRS SECONDS.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pairs=${1:-6}; seconds=${2:-12}
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
meter="$here/bin/Release/net10.0/inferencemeter.dll"
dotnet "$meter" model make resnet50 --precision int8 --output "$work/int8.onnx" >/dev/null
cat > "$work/turns.py" <<'PYTHON'
import json, math, os, statistics, subprocess, sys, time, urllib.request

# Student's t at 95 % by the number of pairs.
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}

def told(name, ratios):
    mean = statistics.mean(ratios)
    half = T.get(len(ratios), 2.3) * statistics.stdev(ratios) / math.sqrt(len(ratios))
    interval = f"{mean - half:.3f} to {mean + half:.3f}, 95 % interval of {len(ratios)} pairs"
    print(f"{name}: {mean:.3f} ({interval})", flush=True)

def images(): return json.load(urllib.request.urlopen("http://localhost:18280/api/v1/meter"))["images"]["ok"]

def rate(seconds):
    start, before = time.perf_counter(), images()
    time.sleep(seconds)
    return (images() - before) / (time.perf_counter() - start)

def busiest(process):
    def ticks(task):
        with open(f"/proc/{process}/task/{task}/stat") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[11])
    tasks = os.listdir(f"/proc/{process}/task")
    return [int(task) for task in sorted(tasks, key=ticks)[-os.cpu_count():]]
PYTHON

dotnet "$meter" --model "$work/int8.onnx" --urls http://localhost:18280 >/dev/null 2>&1 & server=$!
until curl -sf http://localhost:18280/healthz/ready >/dev/null; do sleep 0.2; done
sleep 12
PYTHONPATH="$work" python3 - "$server" "$pairs" "$seconds" <<'PYTHON'
import os, sys
from turns import busiest, rate, told
process, pairs, seconds = (int(text) for text in sys.argv[1:])
threads, cores = busiest(process), sorted(os.sched_getaffinity(0))
ratios = []
for _ in range(pairs):
    for core, thread in zip(cores, threads): os.sched_setaffinity(thread, {core})
    pinned = rate(seconds)
    for thread in threads: os.sched_setaffinity(thread, set(cores))
    ratios.append(pinned / rate(seconds))
told("each inference thread on a core of its own, over none pinned", ratios)
PYTHON
kill -TERM "$server"; wait "$server" || true; server=

for pair in $(seq "$pairs"); do
  for side in without with; do
    [ $side = with ] && export GLIBC_TUNABLES=glibc.malloc.hugetlb=1
    dotnet "$meter" bench --model "$work/int8.onnx" --seconds "$seconds" --json "$work/$side-$pair.json" \
      >/dev/null 2>&1 || true
    unset GLIBC_TUNABLES
  done
done
PYTHONPATH="$work" python3 - "$work" "$pairs" <<'PYTHON'
import json, sys
from turns import told
def rate(side, pair):
    run = json.load(open(f"{sys.argv[1]}/{side}-{pair}.json"))
    return run["images"] / run["durationSeconds"]
pairs = range(1, int(sys.argv[2]) + 1)
ratios = [rate("with", pair) / rate("without", pair) for pair in pairs]
told("memory in transparent huge pages (glibc.malloc.hugetlb=1) over none", ratios)
PYTHON

echo "== one instance over all cores: threads that spin over those that sleep"
dotnet "$here/bin/Release/net10.0/InferenceMeter.Benchmarks.dll" model-pair \
  --a "$work/int8.onnx" --b "$work/int8.onnx" --a-scope pipeline --b-scope pipeline \
  --instances 1 --a-spinning --pairs "$pairs" --seconds 6
