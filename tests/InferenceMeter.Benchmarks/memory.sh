#!/usr/bin/env bash
# Resident memory of the meter at full load: minimum and maximum after the first minute.
# Usage: memory.sh [MINUTES, default 10] [options of the meter]
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-10}
shift || true
dotnet build src/InferenceMeter -c Release -v quiet --nologo
src/InferenceMeter/bin/Release/net10.0/inferencemeter --urls http://127.0.0.1:8099 "$@" >/dev/null &
meter=$!
trap 'kill $meter 2>/dev/null; wait $meter' EXIT
for ((second = 10; second <= minutes * 60; second += 10)); do
    sleep 10
    kill -0 $meter
    echo "$second $(awk '/^VmRSS/ { print $2 }' /proc/$meter/status)"
done | awk '
    {
        rss = $2 / 1024
        if ($1 % 60 == 0) printf "%4d s  %.0f MiB\n", $1, rss
        if ($1 > 60) {
            if (!low || rss < low) low = rss
            if (rss > high) high = rss
        }
    }
    END { if (high) printf "from 1 min on: %.0f to %.0f MiB, %.1f %% apart\n", low, high, (high / low - 1) * 100 }'
