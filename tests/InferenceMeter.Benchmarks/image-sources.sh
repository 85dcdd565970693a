#!/usr/bin/env bash
# What it costs to fetch images: throughput of the whole pipeline from a bucket of s3rver and of Azurite, an object per
# image and as a tar file, over local files, in turns in one run. The emulators run on the same cores, so their own work
# is in the figures; a bucket elsewhere takes less of this machine and more time on the way.
# Arguments: FOLDER of images, PAIRS, SECONDS, SESSION (null or onnx), and then options of `image-sources`.
# Needs Node.js; the emulators are those of tests/tools (npm ci --prefix tests/tools).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?the folder of images is missing}; pairs=${2:-6}; seconds=${3:-6}; session=${4:-null}
shift $(( $# > 4 ? 4 : $# ))
tools="$here/../tools/node_modules/.bin"
work=$(mktemp -d)
emulators=()
trap '[ ${#emulators[@]} -eq 0 ] || kill -KILL "${emulators[@]}" 2>/dev/null; rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
benchmarks() { dotnet "$here/bin/Release/net10.0/InferenceMeter.Benchmarks.dll" "$@"; }

export AWS_ENDPOINT_URL=http://127.0.0.1:18290 AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
# The emulator's own well-known account.
key=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==
export AZURE_STORAGE_CONNECTION_STRING="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=$key;\
BlobEndpoint=http://127.0.0.1:18291/devstoreaccount1;"
# It makes the marks between pages with a cipher that OpenSSL 3 takes for legacy.
NODE_OPTIONS=--openssl-legacy-provider "$tools/s3rver" -d "$work/s3" -a 127.0.0.1 -p 18290 --silent >/dev/null 2>&1 &
emulators+=($!)
"$tools/azurite-blob" --location "$work/azure" --blobHost 127.0.0.1 --blobPort 18291 --silent --skipApiVersionCheck \
    >/dev/null 2>&1 &
emulators+=($!)
for port in 18290 18291; do
    until curl -s -o /dev/null "http://127.0.0.1:$port/"; do sleep 0.2; done
done

mapfile -t files < <(find "$folder" -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' \) | sort)
tar --create --file "$work/images.tar" --directory "$folder" "${files[@]#"$folder"/}"
mkdir "$work/local"
cp "${files[@]}" "$work/local"
benchmarks upload "${files[@]}" --s3 photos/objects --azure photos/objects
benchmarks upload "$work/images.tar" --s3 photos/shards --azure photos/shards
echo "${#files[@]} images, $(du --apparent-size -m "$work/images.tar" | cut -f1) MB"
benchmarks image-sources --images "$work/local" --images "$work/images.tar" \
    --images s3://photos/objects --images s3://photos/shards \
    --images az://devstoreaccount1/photos/objects --images az://devstoreaccount1/photos/shards \
    --pairs "$pairs" --seconds "$seconds" --session "$session" "$@"
