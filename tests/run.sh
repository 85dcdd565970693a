#!/usr/bin/env bash
# Runs every test. Installs the tools that some tests use (Debian or Ubuntu; elsewhere those tests are skipped by name).
# Arguments are handed to dotnet test, such as: bash tests/run.sh --filter FullyQualifiedName~Pricing
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v prometheus >/dev/null && command -v promtool >/dev/null || packages+=(prometheus)
command -v wrk >/dev/null || packages+=(wrk)
command -v chromium >/dev/null || packages+=(chromium)
command -v docker-compose >/dev/null || packages+=(docker-compose)
[ -d /usr/lib/python3/dist-packages/onnx ] || packages+=(python3-onnx)
[ -d /usr/lib/python3/dist-packages/PIL ] || packages+=(python3-pil)

if [ ${#packages[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    if command -v apt-get >/dev/null && { [ ${#as_root[@]} -eq 0 ] || sudo -n true 2>/dev/null; }; then
        echo "installing ${packages[*]}"
        "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
            echo "could not install ${packages[*]}; the tests that need them are skipped"
    else
        echo "no right to install ${packages[*]}; the tests that need them are skipped"
    fi
fi

# Layout is the formatter's; `dotnet csharpier format .` mends it.
dotnet tool restore >/dev/null
dotnet csharpier check .

exec dotnet test InferenceMeter.sln -c Release --nologo "$@"
