#!/usr/bin/env sh
# What the container images are made of; also for machines without Docker.
#   publish.sh restore|publish cpu|cuda amd64|arm64 [OUT] [VERSION]
set -eu
action=${1:?usage: publish.sh restore|publish cpu|cuda amd64|arm64 [OUT] [VERSION]}
accelerator=${2:?cpu or cuda}
case ${3:-$(uname -m)} in
    amd64 | x86_64) runtime=linux-x64 ;;
    arm64 | aarch64) runtime=linux-arm64 ;;
    *) echo "publish.sh: architecture '$3'; accepted: amd64 or arm64" >&2; exit 2 ;;
esac
# The CUDA base image has no .NET; the CPU's has.
case $accelerator-$runtime in
    cpu-*) contained=false ;;
    cuda-linux-x64) contained=true ;;
    cuda-*) echo "publish.sh: ONNX Runtime has GPU packages for amd64 alone" >&2; exit 2 ;;
    *) echo "publish.sh: accelerator '$accelerator'; accepted: cpu or cuda" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
# Intermediate files of their own, so that a working tree that was built for something else is left as it is.
set -- "$action" "${4:-artifacts/publish}" "${5:-}" \
    -r "$runtime" -p:Accelerator="$accelerator" -p:SelfContained="$contained" \
    --artifacts-path "artifacts/$accelerator-$runtime"
action=$1 out=$2 version=$3
shift 3
case $action in
    restore) exec dotnet restore src/InferenceMeter "$@" ;;
    publish)
        exec dotnet publish src/InferenceMeter -c Release --nologo -o "$out" \
            -p:DebugType=embedded -p:ErrorOnDuplicatePublishOutputFiles=false -p:RunAnalyzers=false \
            ${version:+-p:MinVerVersionOverride="$version"} "$@"
        ;;
    *) echo "publish.sh: '$action'; accepted: restore or publish" >&2; exit 2 ;;
esac
