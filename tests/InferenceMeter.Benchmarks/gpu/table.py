#!/usr/bin/env python3
"""Turns the results of measure.sh into Markdown. Only the standard library.

usage: table.py OUT          prints the tables
       table.py --best OUT   prints the batch size of the highest fp16 throughput
"""
import glob
import json
import os
import re
import statistics
import sys

GFLOP_AN_IMAGE = 8.2  # 4.09 G multiply-adds, two operations each

# Dense peaks in TFLOP/s (fp16, TF32, fp32) and memory in TB/s, from NVIDIA's data sheets of each card.
CARDS = {
    "H200": (989.5, 494.7, 67, 4.8),
    "H100 PCIe": (756, 378, 51, 2.0),
    "H100": (989.5, 494.7, 67, 3.35),
    "A100": (312, 156, 19.5, 2.0),
    "L40S": (362, 183, 91.6, 0.864),
    "L4": (121, 60, 30.3, 0.3),
    "T4": (65, None, 8.1, 0.32),
    "A10": (125, 62.5, 31.2, 0.6),
    "V100": (125, None, 15.7, 0.9),
}

# What a fused network must move for an image at least: each of its activations written once and read once, 11.1 M
# values of them (the outputs of ResNet-50's 53 convolutions at 224 x 224); weights count once a batch.
ACTIVATIONS, WEIGHTS = 11.1e6, 25.5e6
BYTES = {"fp16": 2, "tf32": 4, "fp32": 4}


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def ours(out):
    """(precision, batch, document) of each model-scope run."""
    runs = []
    for path in glob.glob(os.path.join(out, "model-*.json")):
        match = re.match(r"model-(\w+)-(\d+)\.json$", os.path.basename(path))
        document = load(path)
        if match and document:
            runs.append((match[1], int(match[2]), document))
    order = {"fp32": 0, "tf32": 1, "fp16": 2}
    return sorted(runs, key=lambda run: (order.get(run[0], 9), run[1]))


def rate(document):
    """Images/s; of a run too short for an interval, images over seconds."""
    document = document or {}
    interval = document.get("imagesPerSecond")
    if interval:
        return interval["estimate"]
    return document["images"] / document["durationSeconds"] if document.get("durationSeconds") else None


def best(out, precision="fp16"):
    known = [(rate(document), batch) for kind, batch, document in ours(out) if kind == precision and rate(document)]
    return max(known)[1] if known else None


def text(value, form="{:,.0f}"):
    return "-" if value is None else form.format(value)


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def device(document):
    return ((document or {}).get("devices") or [{}])[0]


def model_table(out):
    yield row("precision", "batch", "images/s", "95 % interval", "$/billion", "W", "images/J", "ms a batch", "verdict")
    yield row("---", *["---:"] * 7, "---")
    for precision, batch, document in ours(out):
        interval, card = document.get("imagesPerSecond") or {}, device(document)
        costs = document.get("costs", [])
        wall = next((cost["usdPerBillionImages"] for cost in costs if cost["basis"] == "wall"), None)
        value = rate(document)
        span = f"{text(interval.get('low'))} to {text(interval.get('high'))}" if interval else "-"
        reasons = "; ".join(document.get("reasons", []))
        yield row(
            document.get("engine", {}).get("precision", precision),
            batch,
            text(value),
            span,
            text(wall, "${:,.2f}"),
            text(card.get("meanWatts")),
            text(card.get("imagesPerJoule"), "{:.1f}"),
            text(batch / value * 1000 if value else None, "{:.2f}"),
            document.get("verdict", "-") + (f": {reasons}" if reasons else ""),
        )


def peer_table(out):
    peers = (load(os.path.join(out, "peers.json")) or {}).get("peers", [])
    if not peers:
        return
    yield row("peer, fp16", "batch", "copies", "images/s", "W")
    yield row("---", "---:", "---", "---:", "---:")
    for peer in peers:
        copies = "yes" if peer["copies"] else "no"
        yield row(peer["peer"], peer["batch"], copies, text(peer["imagesPerSecond"]), text(peer.get("watts")))


def round_table(out):
    """Ours over each peer, in neighbouring runs."""
    ratios = {}
    for path in sorted(glob.glob(os.path.join(out, "round*-ours.json"))):
        value, peers = rate(load(path)), load(path.replace("-ours", "-peers"))
        for peer in (peers or {}).get("peers", []):
            if value:
                ratios.setdefault((peer["peer"], peer["copies"]), []).append(value / peer["imagesPerSecond"])
    if not ratios:
        return
    yield row("ours (with copies) over", "copies", "ratio, median", "min to max", "rounds")
    yield row("---", "---", "---:", "---", "---:")
    for (peer, copies), values in ratios.items():
        spread = f"{min(values):.3f} to {max(values):.3f}"
        yield row(peer, "yes" if copies else "no", f"{statistics.median(values):.3f}", spread, len(values))


def ratio_line(out, name, what):
    ratio = (load(os.path.join(out, name + ".json")) or {}).get("ratio")
    if not ratio:
        return f"- {what}: not measured"
    return f"- {what}: {ratio['estimate']:.3f} ({ratio['low']:.3f} to {text(ratio.get('high'), '{:.3f}')})"


def pipeline_line(out):
    document = load(os.path.join(out, "pipeline.json"))
    if not document:
        return "- pipeline scope, from JPEGs: not measured"
    limit = document.get("bottleneck") or {}
    model = limit.get("model") or {}
    return (
        f"- pipeline scope, from JPEGs, all cores: {text(rate(document))} images/s; "
        f"limited by {limit.get('stage', '-')} ({text(limit.get('busyShare'), '{:.0%}')} busy); "
        f"the model alone {text(model.get('imagesPerSecond'))} images/s, "
        f"{text(model.get('usdPerBillionImages'), '${:,.2f}')} per billion"
    )


def limits(out, name):
    card = next((key for key in CARDS if key in name.replace("-", " ")), None)
    if card is None:
        yield f"- share of the card's limits: no data sheet of {name or 'this card'} here"
        return
    fp16, tf32, fp32, memory = CARDS[card]
    for precision, peak in (("fp16", fp16), ("tf32", tf32), ("fp32", fp32)):
        runs = [(rate(document), batch) for kind, batch, document in ours(out) if kind == precision and rate(document)]
        if not runs or peak is None:
            continue
        value, batch = max(runs)
        moved = BYTES[precision] * (2 * ACTIVATIONS + WEIGHTS / batch) + 224 * 224 * 3
        yield (
            f"- {precision}, batch {batch}: {value * GFLOP_AN_IMAGE / 1000 / peak:.1%} of {peak:g} TFLOP/s; "
            f"{value * moved / 1e12 / memory:.1%} of {memory:g} TB/s, "
            f"at {moved / 1e6:.0f} MB an image (each activation written and read once)"
        )


def main():
    if sys.argv[1] == "--best":
        found = best(sys.argv[2])
        if found is None:
            sys.exit(1)
        print(found)
        return
    out = sys.argv[1]
    first = next((document for _, _, document in ours(out)), None) or load(os.path.join(out, "pipeline.json")) or {}
    name = device(first).get("name") or first.get("engine", {}).get("deviceName") or ""
    print(f"# {name or 'unknown device'}\n")
    try:
        print("```\n" + open(os.path.join(out, "machine.txt")).read().strip() + "\n```\n")
    except OSError:
        pass
    engine = first.get("engine", {})
    print(
        f"ONNX Runtime {engine.get('onnxRuntime', '-')}, {engine.get('provider', '-')}, "
        f"driver {device(first).get('driver') or '-'}, InferenceMeter {engine.get('version', '-')}, "
        f"${(first.get('price') or {}).get('usdPerHour', '-')}/hour. "
        "Runs shorter than a minute are INVALID for that alone.\n"
    )
    tables = (
        ("Model scope, ours: uint8 pixels from page-locked memory, best classes back", model_table(out)),
        ("Peers", peer_table(out)),
        ("In turns at the best batch size", round_table(out)),
    )
    for title, lines in tables:
        lines = list(lines)
        if lines:
            print(f"## {title}\n")
            print("\n".join(lines) + "\n")
    print("## Ratios and limits\n")
    print(ratio_line(out, "paired", "over a bare loop of the session on device memory, two instances each"))
    exposed = "the same with one instance each: what its copies cost when nothing hides them"
    print(ratio_line(out, "paired-one", exposed))
    print(pipeline_line(out))
    for line in limits(out, name):
        print(line)
    automatic = load(os.path.join(out, "automatic.json"))
    if automatic:
        batch = automatic["engine"]["batchSize"]
        print(f"- batch size found by the program: {batch}, {text(rate(automatic))} images/s")
    tensorrt = load(os.path.join(out, "tensorrt.json"))
    print(f"- TensorRT: {text(rate(tensorrt))} images/s" if tensorrt else "- TensorRT: not measured (see tensorrt.log)")
    print("\n## Predicted before\n\n## Found")


if __name__ == "__main__":
    main()
