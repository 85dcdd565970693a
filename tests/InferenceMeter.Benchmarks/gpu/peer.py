#!/usr/bin/env python3
"""Measures PyTorch as a peer: eager at each batch size, then torch.compile at the best of them alone.

Each batch size is a process of its own (peer_run.py), so one that does not fit or hangs costs only itself, and the
results are written after each measurement: whatever ends this program, what it has measured stays. A second call goes
on from there.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class Results:
    """The results file, complete after each change."""

    def __init__(self, path):
        self.path = path
        self.document = {"complete": False, "peers": []}
        if os.path.exists(path):
            with open(path) as file:
                self.document = json.load(file)

    def add(self, result):
        for key in ("torch", "cudnn"):
            if key in result:
                self.document[key] = result.pop(key)
        key = ("peer", "batch", "copies")
        peers = [peer for peer in self.document["peers"] if any(peer[name] != result[name] for name in key)]
        self.document["peers"] = peers + [result]
        self.write()

    def has(self, peer, batch):
        found = [one for one in self.document["peers"] if one["peer"] == f"PyTorch {peer}" and one["batch"] == batch]
        return len(found) == 2

    def best_batch(self):
        """Batch size of the highest eager throughput; None when there is none."""
        eager = [peer for peer in self.document["peers"] if peer["peer"] == "PyTorch eager"]
        return max(eager, key=lambda peer: peer["imagesPerSecond"])["batch"] if eager else None

    def finish(self):
        self.document["complete"] = True
        self.write()

    def write(self):
        with open(self.path + ".new", "w") as file:
            json.dump(self.document, file, indent=1)
        os.replace(self.path + ".new", self.path)


def run(results, peer, batch, seconds, limit):
    """Both measurements of a peer at a batch size, in a process of their own."""
    if results.has(peer, batch):
        print(f"{peer} batch {batch}: done already", flush=True)
        return
    command = ["timeout", "--foreground", str(limit), sys.executable, os.path.join(HERE, "peer_run.py")]
    command += ["--peer", peer, "--batch", str(batch), "--seconds", f"{seconds:g}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.startswith("{"):
                results.add(json.loads(line))
    if process.returncode != 0:
        print(f"{peer} batch {batch}: exit code {process.returncode}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32, 128, 256, 512])
    limit = "seconds after which a batch size is given up; compiling gets three times that"
    parser.add_argument("--limit", type=int, default=120, help=limit)
    parser.add_argument("--json", required=True, help="results file")
    arguments = parser.parse_args()
    results = Results(arguments.json)
    for batch in arguments.batches:
        run(results, "eager", batch, arguments.seconds, arguments.limit)
    best = results.best_batch()
    if best is None:
        sys.exit("no batch size ran")
    run(results, "compile", best, arguments.seconds, 3 * arguments.limit)
    results.finish()


if __name__ == "__main__":
    main()
