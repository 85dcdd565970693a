#!/usr/bin/env bash
# Formats the code, or checks how it is written.
#   bash tests/format.sh [PATH...]    formats, by default everything
#   bash tests/format.sh --check      changes nothing; fails where the layout is not the formatter's, a line is longer
#                                     than 120 characters, or (where Node.js is installed) a module of the page is not
#                                     JavaScript
set -euo pipefail
cd "$(dirname "$0")/.."

longest=120

# Prints FILE:LINE of each line that is too long; bytes are no measure, a dash takes three.
long_lines() {
    git ls-files -z -- '*.cs' '*.js' '*.css' '*.html' '*.sh' '*.py' '*.proto' '*.csproj' '*.props' '*.targets' '*.yml' |
        LC_ALL=C.UTF-8 xargs -0 grep -nHE "^.{$((longest + 1))}" | cut -d: -f1,2
}

broken_modules() {
    command -v node >/dev/null || return 0
    git ls-files -- '*.js' | while read -r module; do
        # A file is taken for CommonJS, and then not looked at; what is read from standard input is a module.
        node --input-type=module --check < "$module" || echo "$module is not JavaScript"
    done
}

dotnet tool restore >/dev/null
if [ "${1:-}" != --check ]; then
    exec dotnet csharpier format "${@:-.}"
fi

failed=false
if ! dotnet csharpier check .; then
    echo "the layout differs from the formatter's: bash tests/format.sh mends it" >&2
    failed=true
fi
long=$(long_lines || true)
if [ -n "$long" ]; then
    printf 'longer than %s characters:\n%s\n' "$longest" "$long" >&2
    failed=true
fi
broken=$(broken_modules)
if [ -n "$broken" ]; then
    echo "$broken" >&2
    failed=true
fi
[ "$failed" = false ]
