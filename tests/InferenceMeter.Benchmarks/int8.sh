#!/usr/bin/env bash
# INT8 against fp32, pipeline against model scope, real against synthetic weights: in turns, one run each.
# Arguments: FP32_MODEL IMAGES; without them the real ones of ../shared beside the project where there are any, else the
# built-in model and synthetic photographs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
shared="$here/../../../shared"
model=${1:-}
images=${2:-}
if [ -z "$model" ] && [ -d "$shared/models" ]; then
  model="$shared/models/resnet50-pretrained-fp16.onnx"
  images="$shared/images"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
meter="$here/bin/Release/net10.0/inferencemeter.dll"
pair() {
  dotnet "$here/bin/Release/net10.0/InferenceMeter.Benchmarks.dll" model-pair "$@" ${images:+--images "$images"}
}

dotnet "$meter" model make resnet50 --precision int8 --output "$work/synthetic-int8.onnx" >/dev/null
if [ -n "$model" ]; then
  dotnet "$meter" model convert "$model" --to fp32 --output "$work/real-fp32.onnx"
  dotnet "$meter" model convert "$model" --to int8 --calibrate "$images" --output "$work/real-int8.onnx"
  fp32="$work/real-fp32.onnx"; int8="$work/real-int8.onnx"
  dotnet "$meter" model evaluate "$int8" --images "$images" --against "$fp32" --cache "$work/cache"
else
  fp32=built-in; int8="$work/synthetic-int8.onnx"
fi
echo "== int8 over fp32, model scope"
pair --a "$int8" --b "$fp32"
echo "== int8: pipeline scope over model scope"
pair --a "$int8" --b "$int8" --a-scope pipeline
if [ -n "$model" ]; then
  echo "== int8: real over synthetic weights, model scope"
  pair --a "$int8" --b "$work/synthetic-int8.onnx"
  echo "== fp32: real over synthetic weights, model scope"
  pair --a "$fp32" --b built-in
fi
