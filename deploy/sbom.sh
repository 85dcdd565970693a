#!/usr/bin/env bash
# The bill of materials of a published program: every package in it, as CycloneDX 1.6 JSON on standard output.
# Arguments: FOLDER VERSION.
set -euo pipefail
folder=${1:?usage: sbom.sh FOLDER VERSION}
version=${2:?usage: sbom.sh FOLDER VERSION}
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^/]*//')
python3 - "$folder/inferencemeter.deps.json" "$version" "$packages" <<'PYTHON'
import base64, json, pathlib, re, sys
libraries = json.load(open(sys.argv[1]))["libraries"]
cache = pathlib.Path(sys.argv[3])
# What a package without an expression says in a file of its own.
OTHERS = {
    "HdrHistogram": "CC0-1.0",
    "Microsoft.ML.OnnxRuntime": "MIT",
    "Microsoft.ML.OnnxRuntime.Managed": "MIT",
    "Microsoft.ML.OnnxRuntime.Gpu": "MIT",
    "Microsoft.ML.OnnxRuntime.Gpu.Linux": "MIT",
}
def licence(name, number):
    file = next(iter((cache / name.lower() / number.lower()).glob("*.nuspec")), None)
    found = file and re.search(r'<license type="expression">([^<]+)</license>', file.read_text(encoding="utf-8-sig"))
    return found.group(1) if found else OTHERS.get(name)
components = []
for key, library in sorted(libraries.items()):
    if library["type"] != "package":
        continue
    name, number = key.split("/")
    purl = f"pkg:nuget/{name}@{number}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": number, "purl": purl}
    if library.get("sha512", "").startswith("sha512-"):
        digest = base64.b64decode(library["sha512"].removeprefix("sha512-")).hex()
        component["hashes"] = [{"alg": "SHA-512", "content": digest}]
    if known := licence(name, number):
        component["licenses"] = [{"expression": known}]
    components.append(component)
whole = {
    "type": "application",
    "bom-ref": "inferencemeter",
    "name": "InferenceMeter",
    "version": sys.argv[2],
    "licenses": [{"expression": "MIT"}],
}
bill = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": whole},
    "components": components,
}
json.dump(bill, sys.stdout, indent=1)
print()
PYTHON
