#!/usr/bin/env bash
# Our decoder against Pillow, one thread each, in turns. First argument: a folder with images; without it the photos
# of ../shared/images beside the project, or synthetic ones. Further arguments go to the program (--pairs, --seconds).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
shared="$here/../../../shared/images"
images=${1:-}
if [ $# -gt 0 ]; then shift; fi
if [ -z "$images" ] && [ -d "$shared" ]; then images=$shared; fi

python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import PIL' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "decode-vs-pillow: no python3 with Pillow here; apt-get install python3-pil" >&2
  exit 1
fi

dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
exec dotnet "$here/bin/Release/net10.0/InferenceMeter.Benchmarks.dll" decode-vs-pillow --python "$python" \
  ${images:+--images "$images"} "$@"
