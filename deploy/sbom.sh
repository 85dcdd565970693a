#!/usr/bin/env bash
# The program's bill of materials: every package that ends up in it, as CycloneDX 1.6 JSON on standard output. Argument: VERSION.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet restore src/InferenceMeter --verbosity quiet 1>&2
dotnet list src/InferenceMeter package --include-transitive --format json | python3 -c '
import json, re, sys, pathlib, xml.etree.ElementTree as xml
version = sys.argv[1]
frameworks = [framework for project in json.load(sys.stdin)["projects"] for framework in project.get("frameworks", [])]
packages = sorted({(package["id"], package["resolvedVersion"]) for framework in frameworks for kind in ("topLevelPackages", "transitivePackages") for package in framework.get(kind, [])})
cache = pathlib.Path(sys.argv[2])
def licence(name, number):
    file = next(iter((cache / name.lower() / number.lower()).glob("*.nuspec")), None)
    if file is None: return None
    text = file.read_text(encoding="utf-8-sig")
    found = re.search(r"<license type=\"expression\">([^<]+)</license>", text)
    return found and found.group(1)
components = []
for name, number in packages:
    component = {"type": "library", "bom-ref": f"pkg:nuget/{name}@{number}", "name": name, "version": number, "purl": f"pkg:nuget/{name}@{number}"}
    known = licence(name, number)
    if known: component["licenses"] = [{"expression": known}]
    components.append(component)
json.dump({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": {"type": "application", "bom-ref": "inferencemeter", "name": "InferenceMeter", "version": version, "licenses": [{"expression": "MIT"}]}}, "components": components}, sys.stdout, indent=1)
print()
' "${1:-0.0.0}" "$(dotnet nuget locals global-packages --list | sed 's/^[^/]*//')"
