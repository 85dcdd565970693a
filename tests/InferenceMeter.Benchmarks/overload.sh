#!/usr/bin/env bash
# Three times what the meter can do, for a minute: what becomes of accepted requests, of those turned away, of memory,
# and of the time after.
# Arguments: SECONDS, then options of the meter.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-60}
shift $(( $# > 1 ? 1 : $# ))
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
meter="$here/bin/Release/net10.0/inferencemeter.dll"
dotnet "$meter" --background off --max-in-flight 16 --urls http://localhost:18280 "$@" >/dev/null 2>&1 &
server=$!
until curl -sf http://localhost:18280/healthz/ready >/dev/null; do sleep 0.2; done
dotnet "$meter" load http://localhost:18280 --scenario closed --concurrency 16 --seconds 15 --warm-up 4 \
  --json "$work/capacity.json" >/dev/null 2>&1 || true
python3 - "$work" "$seconds" "$server" dotnet "$meter" <<'PYTHON'
import base64, http.client, json, statistics, subprocess, sys, threading, time

work, seconds, server, *meter = sys.argv[1:]
seconds, server = int(seconds), int(server)
capacity = json.load(open(f"{work}/capacity.json"))["imagesPerSecond"]
load_meter = [*meter, "load", "http://localhost:18280"]
one_by_one = ["--scenario", "single-stream", "--seconds", "5", "--warm-up", "1", "--json", f"{work}/alone.json"]
subprocess.run([*load_meter, *one_by_one], capture_output=True)
alone = json.load(open(f"{work}/alone.json"))["latencySeconds"]
# One pixel: what it costs to turn an image away does not depend on it.
body = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

def ask():
    start = time.perf_counter()
    connection = http.client.HTTPConnection("localhost", 18280, timeout=30)
    connection.request("POST", "/api/v1/classify", body)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - start

def resident():
    return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{server}/status") if line.startswith("VmRSS"))

over, refused, memory = threading.Event(), [], []
def probe():
    while not over.is_set():
        status, took = ask()
        if status == 429: refused.append(took)
        memory.append((time.perf_counter(), resident()))
        time.sleep(0.05)

overload = ["--rate", f"{3 * capacity:.1f}", "--seconds", str(seconds), "--warm-up", "2", "--bound", "30s"]
load = subprocess.Popen(
    [*load_meter, *overload, "--json", f"{work}/over.json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
)
time.sleep(4)
threads = [threading.Thread(target=probe) for _ in range(4)]
for thread in threads: thread.start()
# The generator ends after it has its answers; what comes after the scheduled time is not overload any more.
time.sleep(seconds - 2)
over.set()
for thread in threads: thread.join()
load.wait()
ended, well = time.perf_counter(), None
quick = 0
while time.perf_counter() - ended < 30:
    begun = time.perf_counter()
    status, took = ask()
    quick = quick + 1 if status == 200 and took < 1.5 * alone["p50"] else 0
    if quick == 1: first = begun
    if quick == 5:
        well = first - ended
        break
run = json.load(open(f"{work}/over.json"))
latency = run["latencySeconds"]

def resident_between(low, high):
    return [size for at, size in memory if low <= at - memory[0][0] < high]

begin, finish = resident_between(0, seconds / 4), resident_between(seconds * 3 / 4 - 4, seconds)
slow_refusal = sorted(refused)[int(len(refused) * 0.99)]
print(
    f"capacity {capacity:.1f} images/s, asked for {3 * capacity:.1f}/s for {seconds} s; "
    f"a request alone p50 {alone['p50'] * 1e3:.0f} ms"
)
print(
    f"answered {run['ok']:,} ({run['imagesPerSecond']:.1f}/s, {run['imagesPerSecond'] / capacity:.2f} of capacity), "
    f"turned away {run['rejected']:,}, errors {run['errors']:,}"
)
print(
    f"accepted: p50 {latency['p50'] * 1e3:.0f} ms, p99 {latency['p99'] * 1e3:.0f} ms, "
    f"max {latency['max'] * 1e3:.0f} ms; "
    f"16 in flight and a batch of 8 behind them take {24 / capacity * 1e3:.0f} ms"
)
print(
    f"turned away: p50 {statistics.median(refused) * 1e3:.1f} ms, p99 {slow_refusal * 1e3:.1f} ms "
    f"of {len(refused)} probes"
)
print(f"memory: {statistics.mean(begin):.0f} MB in the first quarter, {statistics.mean(finish):.0f} MB in the last")
recovery = "not within 30 s" if well is None else f"{max(0, well):.2f} s after the load has ended"
print(f"after: a request as quick as alone {recovery}")
PYTHON
