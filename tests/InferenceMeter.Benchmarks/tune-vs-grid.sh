#!/usr/bin/env bash
# The search of `tune` against trying every configuration at full length. Arguments go to both (such as --session null).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$here" --configuration Release --nologo --verbosity quiet 1>&2
meter="$here/bin/Release/net10.0/inferencemeter.dll"
cd "$work"
dotnet "$meter" tune "$@" --output search.json | tee search.txt
dotnet "$meter" tune "$@" --exhaustive --output grid.json | tee grid.txt
python3 - <<'PYTHON'
import json, re
search, grid = (json.load(open(f"{name}.json"))["Tuned"] for name in ("search", "grid"))
found = re.search(r"^best +(.*?)(?: \(what the meter does by itself\))?$", open("search.txt").read(), re.M).group(1)
trials = dict(re.findall(r"^ *\d+ +round \d+ of \d+ +(.*?): ([\d,.]+) images/s", open("grid.txt").read(), re.M))
rates = {name: float(rate.replace(",", "")) for name, rate in trials.items()}
best = max(rates, key=rates.get)
print(f"search: {found}, in {search['seconds']:.0f} s; grid: {best}, in {grid['seconds']:.0f} s, {len(rates)} configurations")
print(f"what the search found does {rates[found] / rates[best]:.3f} of the grid's best, both as the grid measured them; the search took {search['seconds'] / grid['seconds']:.3f} of the grid's time")
PYTHON
