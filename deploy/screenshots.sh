#!/usr/bin/env bash
# Takes the README's pictures of the page anew: starts the meter with its built-in model, lets it run for five minutes,
# and photographs the page in Chromium. Needs Chromium and a machine that does nothing else: it waits until
# the meter is steady. The driver is Playwright's, as the tests have it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v chromium >/dev/null || { echo "screenshots.sh: Chromium is needed (apt-get install chromium)" >&2; exit 1; }

dotnet build tests/InferenceMeter.ServiceTests --configuration Release --nologo --verbosity quiet
built=tests/InferenceMeter.ServiceTests/bin/Release/net10.0
url=http://127.0.0.1:18090
history_seconds=300

cache=$(mktemp -d)
meter=
trap '[ -z "$meter" ] || kill "$meter" 2>/dev/null; rm -rf "$cache"' EXIT
"$built/inferencemeter" --urls "$url" --cache "$cache" >/dev/null 2>&1 &
meter=$!
sleep "$history_seconds"

playwright=$(echo "$PWD/$built"/.playwright/package)
node=$(echo "$PWD/$built"/.playwright/node/*/node)
"$node" deploy/screenshots.js "$playwright" "$(command -v chromium)" "$url" deploy/images
