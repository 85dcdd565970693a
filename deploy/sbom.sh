#!/usr/bin/env bash
# The bill of materials of a published program: every package in it, as CycloneDX 1.6 JSON on standard output. Arguments: FOLDER VERSION.
set -euo pipefail
folder=${1:?usage: sbom.sh FOLDER VERSION}
python3 - "$folder/inferencemeter.deps.json" "${2:?usage: sbom.sh FOLDER VERSION}" "$(dotnet nuget locals global-packages --list | sed 's/^[^/]*//')" <<'PYTHON'
import base64, json, pathlib, re, sys
libraries = json.load(open(sys.argv[1]))["libraries"]
cache = pathlib.Path(sys.argv[3])
# What a package without an expression says in a file of its own.
OTHERS = {"HdrHistogram": "CC0-1.0", "Microsoft.ML.OnnxRuntime": "MIT", "Microsoft.ML.OnnxRuntime.Managed": "MIT", "Microsoft.ML.OnnxRuntime.Gpu": "MIT", "Microsoft.ML.OnnxRuntime.Gpu.Linux": "MIT"}
def licence(name, number):
    file = next(iter((cache / name.lower() / number.lower()).glob("*.nuspec")), None)
    found = file and re.search(r'<license type="expression">([^<]+)</license>', file.read_text(encoding="utf-8-sig"))
    return found.group(1) if found else OTHERS.get(name)
components = []
for key, library in sorted(libraries.items()):
    if library["type"] != "package": continue
    name, number = key.split("/")
    component = {"type": "library", "bom-ref": f"pkg:nuget/{name}@{number}", "name": name, "version": number, "purl": f"pkg:nuget/{name}@{number}"}
    if library.get("sha512", "").startswith("sha512-"): component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(library["sha512"][7:]).hex()}]
    if known := licence(name, number): component["licenses"] = [{"expression": known}]
    components.append(component)
whole = {"type": "application", "bom-ref": "inferencemeter", "name": "InferenceMeter", "version": sys.argv[2], "licenses": [{"expression": "MIT"}]}
json.dump({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": whole}, "components": components}, sys.stdout, indent=1)
print()
PYTHON
