#!/usr/bin/env bash
# Formats the code. Arguments are handed to the formatter, such as: bash tests/format.sh src
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore >/dev/null
exec dotnet csharpier format "${@:-.}"
