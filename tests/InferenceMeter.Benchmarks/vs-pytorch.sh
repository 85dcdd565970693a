#!/usr/bin/env bash
# The model scope, in fp32 and in INT8, against PyTorch's best on the same cores, in turns. Needs Debian's
# python3-torch and python3-torchvision (the packages are not installed by this script). Further arguments go to the
# program (--pairs, --seconds).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import torch, torchvision' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "vs-pytorch: no python3 with torch and torchvision here; apt-get install python3-torch python3-torchvision" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
built="$here/bin/Release/net10.0"
dotnet "$built/inferencemeter.dll" model make resnet50 --precision int8 --output "$work/int8.onnx" >/dev/null
echo "== fp32 over PyTorch"
dotnet "$built/InferenceMeter.Benchmarks.dll" vs-pytorch --python "$python" "$@"
echo "== int8 over PyTorch (fp32, its best)"
dotnet "$built/InferenceMeter.Benchmarks.dll" vs-pytorch --python "$python" --model "$work/int8.onnx" "$@"
