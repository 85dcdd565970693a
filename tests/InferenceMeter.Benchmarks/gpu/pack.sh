#!/usr/bin/env bash
# Packs the program with ONNX Runtime's GPU libraries, for a machine with an NVIDIA GPU that builds and installs
# nothing.
#   pack.sh OUT [ARCHITECTURE]     compute capability without the dot: 90 for H100 and H200 (the default), 80, 86, 89,
#   100, 120
# Takes the libraries from the NuGet package that the program is built with, keeps their code for that architecture
# alone, and
# leaves OUT/gpu.tar.xz.aa, .ab ... of less than 64 MiB each. On the other machine:
#   mkdir gpu && cat gpu.tar.xz.* | tar -C gpu -xJ && gpu/measure.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mkdir -p "${1:?usage: pack.sh OUT [ARCHITECTURE]}" && cd "$1" && pwd)
architecture=${2:-90}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet publish "$here/../../../src/InferenceMeter" -c Release -r linux-x64 --self-contained -p:Accelerator=cuda \
    -o "$work/gpu" -v quiet --nologo
library=$work/gpu/libonnxruntime_providers_cuda.so
[ -f "$library" ] || { echo "pack.sh: the program was published without libonnxruntime_providers_cuda.so" >&2; exit 1; }
# The publish folder may hold hard links into NuGet's cache, whose files must stay as they are.
cp "$library" "$library.own" && mv "$library.own" "$library" && chmod u+w "$library"
python3 "$here/keep_arch.py" "$library" "$architecture"
find "$work/gpu" \( -name '*.pdb' -o -name '*.xml' -o -name '*.lib' \) -delete
cp "$here"/{measure.sh,check.py,peer.py,peer_run.py,table.py} "$work/gpu/"
echo "$architecture" > "$work/gpu/architecture.txt"

rm -f "$out"/gpu.tar.xz.*
tar -C "$work/gpu" -cf - . | xz -T0 -6 | split -b 60M - "$out/gpu.tar.xz."
ls -l "$out"
