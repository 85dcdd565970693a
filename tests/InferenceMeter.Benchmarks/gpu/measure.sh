#!/usr/bin/env bash
# Measures on the GPU machine, in the folder that pack.sh's archive was unpacked into. Builds and installs nothing.
#   measure.sh [OUT]                          default OUT: ./results
# Environment:
#   STEPS      what to run, by spaces (default: all)   check model best peers paired pipeline tensorrt
#   SECONDS_EACH  length of a run of ours (default 10; 60 for a VALID one), PEER_SECONDS of a peer's (default 5)
#   BATCHES    (default "1 8 32 128 256 512")   PRECISIONS (default "fp32 tf32 fp16")
#   ROUNDS     of peers against ours (default 3)
#   USD        price per hour (default 1.74)    PROVIDER (default cuda; cpu tries the flow without a GPU)
# A run whose result is there is not repeated, so the work can be split over several calls: one step a call. Driver and
# libraries are looked at before anything is measured. Every command is printed as anyone can type it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=${1:-results}
mkdir -p "$out"
out=$(cd "$out" && pwd)
steps=${STEPS:-check model best peers paired pipeline tensorrt}
seconds=${SECONDS_EACH:-10} peer_seconds=${PEER_SECONDS:-5} rounds=${ROUNDS:-3}
usd=${USD:-1.74} provider=${PROVIDER:-cuda}
read -ra batches <<< "${BATCHES:-1 8 32 128 256 512}"
read -ra precisions <<< "${PRECISIONS:-fp32 tf32 fp16}"
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 PYTHONUNBUFFERED=1
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$PWD/cache}

give_up() { echo "measure.sh: $*" >&2; exit 1; }

# What a run would only tell after minutes, or in other words.
if [ "$provider" != cpu ]; then
    driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -1)
    [ -n "$driver" ] || give_up "nvidia-smi shows no GPU: an NVIDIA driver is needed (580 or newer)"
    [ "${driver%%.*}" -ge 580 ] || give_up "the driver is $driver; CUDA 13 needs 580 or newer"
    card=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d .)
    packed=$(cat architecture.txt 2>/dev/null || echo "$card")
    [ "$packed" = "$card" ] || give_up "packed for architecture $packed, and the card is $card: pack.sh OUT $card"

    missing() {
        ldd libonnxruntime_providers_cuda.so | grep 'not found'
        python3 -c 'import ctypes; ctypes.CDLL("libcudnn.so.9")' 2>&1 | tail -1
    }
    python_folders() {
        local code='
import glob, sysconfig
print(":".join(sorted(glob.glob(sysconfig.get_paths()["purelib"] + "/nvidia/*/lib"))))'
        python3 -c "$code" 2>/dev/null
    }
    # Where the loader does not know CUDA and cuDNN, a Python that holds PyTorch does (nvidia/cu13/lib,
    # nvidia/cudnn/lib).
    if [ -n "$(missing)" ]; then
        folders=$(python_folders)
        [ -n "$folders" ] && export LD_LIBRARY_PATH="$folders${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    fi
    [ -z "$(missing)" ] || give_up "libraries are missing: $(missing | tr -s '\n\t ' ' '):" \
        "install CUDA 13 and cuDNN 9, or add their folders to LD_LIBRARY_PATH"
    python3 -c 'import ctypes; print("cuDNN", ctypes.CDLL("libcudnn.so.9").cudnnGetVersion())'
fi

wants() { case " $steps " in *" $1 "*) true ;; *) false ;; esac; }

# run NAME LIMIT COMMAND...: into OUT/NAME.log, unless OUT/NAME.json is there. A failure is kept and told, and costs the
# others nothing.
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
    run "$name" $((seconds + 150)) ./inferencemeter bench --provider "$provider" --usd-per-hour "$usd" \
        --synthetic-photos 64 "$@" --json "$out/$name.json"
    # An empty file is what a run that broke leaves.
    [ -s "$out/$name.json" ] || rm -f "$out/$name.json"
}

# peer NAME BATCHES...: goes on where an earlier call was cut off, and keeps what it has after each measurement.
peer() {
    local name=$1
    shift
    if grep -q '"complete": true' "$out/$name.json" 2>/dev/null; then echo "$name: done already"; return 0; fi
    echo "\$ python3 peer.py --seconds $peer_seconds --batches $* --json $out/$name.json"
    timeout 550 python3 peer.py --seconds "$peer_seconds" --batches "$@" --json "$out/$name.json" 2>&1 \
        | tee -a "$out/$name.log" | sed 's/^/    /'
}

best_batch() { python3 table.py --best "$out" 2>/dev/null || echo "${batches[-1]}"; }

{
    date -u +%Y-%m-%dT%H:%MZ
    nvidia-smi --query-gpu=name,driver_version,pstate,clocks.max.sm,power.limit,memory.total --format=csv 2>&1
    lscpu | grep -E '^(Model name|CPU\(s\))'
    python3 -c '
import torch
print("PyTorch", torch.__version__, "CUDA", torch.version.cuda, "cuDNN", torch.backends.cudnn.version())' 2>&1 | tail -1
} > "$out/machine.txt"
cat "$out/machine.txt"

if wants check && [ "$provider" = cuda ]; then
    check() { ours "check-$1" "${@:2}"; }
    check plain --scope model --precision fp16 --batch 32 --instances 1 --seconds 5 \
        --provider-options enable_cuda_graph=0
    check graphs --scope model --precision fp16 --batch 32 --instances 1 --seconds 5
    check large --scope model --precision fp16 --batch 256 --instances 2 --seconds 5
    # Bias and convolution in one kernel: less to move, more to compile at the start. A default only if it wins here.
    check fused --scope model --precision fp16 --batch 256 --instances 2 --seconds 5 --provider-options fuse_conv_bias=1
    check fp32 --scope model --precision fp32 --batch 128 --instances 1 --seconds 5
    check tf32 --scope model --precision tf32 --batch 128 --instances 1 --seconds 5
    check paired --paired --scope model --precision fp16 --batch 256 --instances 2 --seconds 12 --segment-seconds 2
    check search --scope model --precision fp16 --seconds 5
    python3 check.py "$out" | tee "$out/check.txt"
fi

if wants model; then
    for precision in "${precisions[@]}"; do
        for batch in "${batches[@]}"; do
            ours "model-$precision-$batch" --scope model --precision "$precision" --batch "$batch" --instances 2 \
                --seconds "$seconds"
        done
    done
fi

best=$(best_batch)
echo "best batch size, fp16: $best"

if wants peers; then
    if python3 -c 'import torch, torchvision; assert torch.cuda.is_available()' 2>/dev/null; then
        # All sizes once, then the best one in turns with ours: a machine whose clock drifts drifts under both.
        peer peers "${batches[@]}"
        for round in $(seq "$rounds"); do
            ours "round$round-ours" --scope model --precision fp16 --batch "$best" --instances 2 --seconds "$seconds"
            peer "round$round-peers" "$best"
        done
    else
        echo "peers: no PyTorch with CUDA and torchvision here, left out"
    fi
fi

if wants paired; then
    paired() {
        ours "$1" --paired --scope model --precision fp16 --batch "$best" --instances "$2" \
            --seconds $((seconds > 30 ? seconds : 30)) --segment-seconds 3
    }
    paired paired 2
    # One instance: what is left of its copies when nothing runs beside it.
    paired paired-one 1
fi

if wants pipeline; then
    ours pipeline --scope pipeline --precision fp16 --batch "$best" --seconds $((2 * seconds))
fi

if wants best; then
    # Batch size and instances as the program finds them.
    ours automatic --scope model --precision fp16 --seconds "$seconds"
fi

if wants tensorrt && [ "$provider" = cuda ]; then
    run tensorrt 500 ./inferencemeter bench --provider tensorrt --usd-per-hour "$usd" --synthetic-photos 64 \
        --scope model --precision fp16 --batch "$best" --instances 2 --seconds "$seconds" --json "$out/tensorrt.json"
    [ -s "$out/tensorrt.json" ] || rm -f "$out/tensorrt.json"
fi

python3 table.py "$out" | tee "$out/results.md"
