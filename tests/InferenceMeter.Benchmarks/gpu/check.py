#!/usr/bin/env python3
"""Judges the first runs on a card, which measure.sh's step `check` makes: a line for each of them.

The exit code is 1 when one is not as it should be.

usage: check.py OUT
"""
import os
import sys

from table import device, load, rate

MOST_NODES = 140  # ResNet-50 with pixels in and five classes out; many more mean that transposes have remained


def run(out, name):
    return load(os.path.join(out, f"check-{name}.json"))


def nodes(out):
    facts = device(run(out, "plain"))
    on_gpu, on_cpu = facts.get("nodesOnProvider"), facts.get("nodesOnCpu")
    if on_gpu is None:
        return False, "nodes were not counted"
    text = f"{on_gpu} nodes on the GPU (126 to 135 expected), {on_cpu} on the CPU (0 expected)"
    return on_cpu == 0 and on_gpu <= MOST_NODES, text


def graphs(out):
    plain, graphed = run(out, "plain"), run(out, "graphs")
    used, before, after = device(graphed).get("cudaGraphs"), rate(plain), rate(graphed)
    if not before or not after:
        return False, "CUDA graphs: not measured"
    ratio = after / before
    state = "used" if used else "not used"
    return bool(used) and ratio >= 0.99, f"CUDA graphs: {state}, {ratio:.3f} of the rate without (0.99 expected)"


def fused_bias(out):
    without, fused = rate(run(out, "large")), rate(run(out, "fused"))
    if not without or not fused:
        return None, "fuse_conv_bias=1: not measured"
    rates = f"{fused:,.0f} and {without:,.0f} images/s, batch 256"
    return None, f"fuse_conv_bias=1: {fused / without:.3f} of the rate without ({rates})"


def true_fp32(out):
    fp32, tf32 = rate(run(out, "fp32")), rate(run(out, "tf32"))
    if not fp32 or not tf32:
        return False, "fp32 and TF32: not measured"
    return tf32 > 1.05 * fp32, f"TF32 is {tf32 / fp32:.2f} times as fast as fp32 (equal would mean that fp32 uses TF32)"


def paired(out):
    ratio = (run(out, "paired") or {}).get("ratio")
    if not ratio:
        return False, "paired with the bare loop: not measured"
    return True, f"paired with the bare loop: {ratio['estimate']:.3f}"


def search(out):
    document = run(out, "search")
    if not rate(document):
        return False, "batch size search: not measured"
    return True, f"batch size found: {document['engine']['batchSize']}, {rate(document):,.0f} images/s"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    wrong = 0
    for check in (nodes, graphs, fused_bias, true_fp32, paired, search):
        good, text = check(sys.argv[1])
        wrong += good is False
        print(f"{'LOOK' if good is False else 'ok  '}  {text}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
