#!/usr/bin/env bash
# Measures on the GPU machine, in the folder that pack.sh's archives were unpacked into. Builds and installs nothing.
#   measure.sh [OUT]                          default OUT: ./results
# Environment:
#   STEPS      what to run, by spaces (default: all)   model best peers paired pipeline tensorrt
#   SECONDS_EACH  length of a run of ours (default 10; 60 for a VALID one), PEER_SECONDS of a peer's (default 5)
#   BATCHES    (default "1 8 32 128 256 512")   PRECISIONS (default "fp32 tf32 fp16")   ROUNDS of peers against ours (default 3)
#   USD        price an hour (default 1.74)     PROVIDER (default cuda; cpu tries the flow without a GPU)
# A step whose result is there is not run again, so it can be split over several calls. Every command is printed as typed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=${1:-results}
mkdir -p "$out"
out=$(cd "$out" && pwd)
steps=${STEPS:-model best peers paired pipeline tensorrt}
seconds=${SECONDS_EACH:-10} peer_seconds=${PEER_SECONDS:-5} rounds=${ROUNDS:-3} usd=${USD:-1.74} provider=${PROVIDER:-cuda}
read -ra batches <<< "${BATCHES:-1 8 32 128 256 512}"
read -ra precisions <<< "${PRECISIONS:-fp32 tf32 fp16}"
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 PYTHONUNBUFFERED=1
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$PWD/cache}

# CUDA and cuDNN: where the loader does not know them, a Python that holds PyTorch does.
if [ "$provider" != cpu ] && ! ldconfig -p | grep -q 'libcudnn\.so\.9'; then
    folders=$(python3 -c 'import glob, sysconfig; print(":".join(sorted(glob.glob(sysconfig.get_paths()["purelib"] + "/nvidia/*/lib"))))' 2>/dev/null || true)
    [ -n "$folders" ] && export LD_LIBRARY_PATH="$folders${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi

wants() { case " $steps " in *" $1 "*) true ;; *) false ;; esac; }

# run NAME LIMIT COMMAND...: into OUT/NAME.log, unless OUT/NAME.json is there. A failure is kept and told, and costs the others nothing.
run() {
    local name=$1 limit=$2
    shift 2
    if [ -s "$out/$name.json" ]; then echo "$name: done already"; return 0; fi
    echo "\$ $*"
    timeout "$limit" "$@" > "$out/$name.log" 2>&1
    local code=$?
    grep -E '^(throughput|ratio|wall|verdict|limit|cuda:|error|warning|\{)' "$out/$name.log" | sed 's/^/    /'
    # 1: it ran, and its verdict is INVALID (too short, say), which the table shows.
    [ $code -le 1 ] || echo "    exit code $code, see $name.log"
}

# ours NAME ARGUMENTS...
ours() {
    local name=$1
    shift
    run "$name" $((seconds + 150)) ./inferencemeter bench --provider "$provider" --usd-per-hour "$usd" --synthetic-photos 64 "$@" --json "$out/$name.json"
    # An empty file is what a run that broke leaves.
    [ -s "$out/$name.json" ] || rm -f "$out/$name.json"
}

best_batch() { python3 table.py --best "$out" 2>/dev/null || echo "${batches[-1]}"; }

{
    date -u +%Y-%m-%dT%H:%MZ
    nvidia-smi --query-gpu=name,driver_version,pstate,clocks.max.sm,power.limit,memory.total --format=csv 2>&1
    lscpu | grep -E '^(Model name|CPU\(s\))'
    python3 -c 'import torch; print("PyTorch", torch.__version__, "CUDA", torch.version.cuda, "cuDNN", torch.backends.cudnn.version())' 2>&1 | tail -1
} > "$out/machine.txt"
cat "$out/machine.txt"

if wants model; then
    for precision in "${precisions[@]}"; do
        for batch in "${batches[@]}"; do
            ours "model-$precision-$batch" --scope model --precision "$precision" --batch "$batch" --instances 2 --seconds "$seconds"
        done
    done
fi

best=$(best_batch)
echo "best batch size, fp16: $best"

if wants peers; then
    if python3 -c 'import torch, torchvision; assert torch.cuda.is_available()' 2>/dev/null; then
        # All sizes once, then the best one in turns with ours: a machine whose clock drifts drifts under both.
        run peers 400 python3 peer.py --seconds "$peer_seconds" --batches "${batches[@]}" --json "$out/peers.json"
        for round in $(seq "$rounds"); do
            ours "round$round-ours" --scope model --precision fp16 --batch "$best" --instances 2 --seconds "$seconds"
            run "round$round-peers" 200 python3 peer.py --seconds "$peer_seconds" --batches "$best" --json "$out/round$round-peers.json"
        done
    else
        echo "peers: no PyTorch with CUDA and torchvision here, left out"
    fi
fi

if wants paired; then
    ours paired --paired --scope model --precision fp16 --batch "$best" --instances 2 --seconds $((seconds > 30 ? seconds : 30)) --segment-seconds 3
    # One instance: what is left of its copies when nothing runs beside it.
    ours paired-one --paired --scope model --precision fp16 --batch "$best" --instances 1 --seconds $((seconds > 30 ? seconds : 30)) --segment-seconds 3
fi

if wants pipeline; then
    ours pipeline --scope pipeline --precision fp16 --batch "$best" --seconds $((2 * seconds))
fi

if wants best; then
    # Batch size and instances as the program finds them.
    ours automatic --scope model --precision fp16 --seconds "$seconds"
fi

if wants tensorrt && [ "$provider" = cuda ]; then
    run tensorrt 500 ./inferencemeter bench --provider tensorrt --usd-per-hour "$usd" --synthetic-photos 64 --scope model --precision fp16 --batch "$best" --instances 2 --seconds "$seconds" --json "$out/tensorrt.json"
    [ -s "$out/tensorrt.json" ] || rm -f "$out/tensorrt.json"
fi

python3 table.py "$out" | tee "$out/results.md"
