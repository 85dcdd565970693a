#!/usr/bin/env bash
# ONNX Runtime's GPU package (the default build on x64) over its CPU package, both on the CPU, model scope, in turns.
# Further arguments go to the program (--pairs, --seconds).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root="$here/../.."
for accelerator in cuda cpu; do
  dotnet build "$here" --configuration Release --nologo --verbosity quiet \
    -p:Accelerator=$accelerator -p:RunAnalyzers=false \
    --artifacts-path "$root/artifacts/benchmarks-$accelerator" 1>&2
done
program() { echo "$root/artifacts/benchmarks-$1/bin/InferenceMeter.Benchmarks/release/InferenceMeter.Benchmarks.dll"; }
exec dotnet "$(program cuda)" build-pair --a "$(program cuda)" --b "$(program cpu)" "$@"
