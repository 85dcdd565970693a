#!/usr/bin/env bash
# Makes what measure.sh needs on a GPU machine, which builds and installs nothing.
#   pack.sh OUT [--libs DIR] [--accelerator cpu|cuda]
# OUT/program.tar.xz: the program, self-contained for linux-x64, and the scripts of this folder.
# OUT/libs.tar.xz (with --libs): ONNX Runtime's CUDA libraries out of DIR, such as those of the GPU package.
# There: unpack both into one folder, and run ./measure.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mkdir -p "${1:?usage: pack.sh OUT [--libs DIR] [--accelerator cpu|cuda]}" && cd "$1" && pwd)
shift
libs="" accelerator=cpu
while [ $# -gt 0 ]; do
    case $1 in
        --libs) libs=$(cd "$2" && pwd); shift 2 ;;
        --accelerator) accelerator=$2; shift 2 ;;
        *) echo "unknown argument $1" >&2; exit 2 ;;
    esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet publish "$here/../../../src/InferenceMeter" -c Release -r linux-x64 --self-contained -p:Accelerator="$accelerator" -o "$work/gpu" -v quiet --nologo
find "$work/gpu" \( -name '*.pdb' -o -name '*.xml' -o -name '*.lib' \) -delete
cp "$here"/{measure.sh,peer.py,table.py} "$work/gpu/"
tar -C "$work/gpu" -cf - . | xz -T0 -6 > "$out/program.tar.xz"

if [ -n "$libs" ]; then
    mkdir "$work/libs"
    # A self-contained program has its native libraries beside it.
    cp "$libs"/libonnxruntime*.so* "$work/libs/"
    tar -C "$work/libs" -cf - . | xz -T0 -6 > "$out/libs.tar.xz"
fi
ls -l "$out"
