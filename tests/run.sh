#!/usr/bin/env bash
# Runs the tests. Those that take long or need much (builds of images, long soaks) run with --all only.
#   bash tests/run.sh                                              the default tests
#   bash tests/run.sh --all                                        every test
#   bash tests/run.sh --filter FullyQualifiedName~Pricing          those of the default tests that the filter chooses
# Other arguments are handed to dotnet test. At the end, each skipped test is listed with its reason.
# Installs the tools that some tests use (Debian or Ubuntu; elsewhere those tests are skipped by name).
set -euo pipefail
cd "$(dirname "$0")/.."

all=false
filter=""
arguments=()
while [ $# -gt 0 ]; do
    case "$1" in
        --all) all=true ;;
        --filter) filter="${2:?--filter needs an expression}"; shift ;;
        --filter=*) filter="${1#--filter=}" ;;
        *) arguments+=("$1") ;;
    esac
    shift
done
if [ "$all" = false ]; then
    filter="${filter:+($filter)&}Kind!=Slow"
fi
[ -z "$filter" ] || arguments+=(--filter "$filter")

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
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
            echo "could not install ${packages[*]}; the tests that need them are skipped"
    else
        echo "no right to install ${packages[*]}; the tests that need them are skipped"
    fi
fi

# Emulators of object stores, from npm.
tools=tests/tools
if command -v node >/dev/null && command -v npm >/dev/null &&
    ! [ "$tools/node_modules/.package-lock.json" -nt "$tools/package-lock.json" ]; then
    echo "installing the emulators of $tools"
    npm ci --prefix "$tools" --no-audit --no-fund --loglevel=error >/dev/null ||
        echo "could not install them; the tests that need them are skipped"
fi

bash tests/format.sh --check

# TEST_RESULTS names a folder for the result files (.trx) that outlives this script.
results=${TEST_RESULTS:-$(mktemp -d)}
[ -n "${TEST_RESULTS:-}" ] || trap 'rm -rf "$results"' EXIT
code=0
dotnet test InferenceMeter.sln -c Release --nologo \
    --logger "trx;LogFilePrefix=tests" --results-directory "$results" "${arguments[@]}" || code=$?

# Skipped tests, each with its reason, out of the result files.
cat "$results"/*.trx 2>/dev/null | tr -d '\r' | awk '
    /<UnitTestResult / {
        name = outcome = ""
        if (match($0, /testName="[^"]*"/)) name = substr($0, RSTART + 10, RLENGTH - 11)
        if (match($0, /outcome="[^"]*"/)) outcome = substr($0, RSTART + 9, RLENGTH - 10)
    }
    outcome == "NotExecuted" && match($0, /<(Message|StdOut)>[^<]*/) {
        reason = substr($0, RSTART, RLENGTH)
        sub(/^<[A-Za-z]*>/, "", reason)
        if (!skipped++) print "\nskipped, each with its reason:"
        print "  " name ": " reason
        outcome = ""
    }'
exit "$code"
