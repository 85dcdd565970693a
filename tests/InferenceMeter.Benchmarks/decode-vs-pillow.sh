#!/usr/bin/env bash
# Decode + resize + crop, images/s of one thread: ours over Pillow's, in pairs of short segments.
# Usage: decode-vs-pillow.sh [FOLDER, default ../shared/images where it is, else synthetic photographs] [further options]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d /usr/lib/python3/dist-packages/PIL ] || { echo "Pillow is not there: apt-get install python3-pil" >&2; exit 2; }
folder=${1:-}
shift || true
[ -n "$folder" ] || { [ -d ../shared/images ] && folder=../shared/images; } || true
dotnet build tests/InferenceMeter.Benchmarks -c Release -v quiet --nologo
exec tests/InferenceMeter.Benchmarks/bin/Release/net10.0/InferenceMeter.Benchmarks decode-vs-pillow ${folder:+--images "$folder"} "$@"
