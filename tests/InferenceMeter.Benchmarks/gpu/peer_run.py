#!/usr/bin/env python3
"""PyTorch's throughput of ResNet-50 in fp16 on one GPU at one batch size, as a peer. peer.py runs it.

Prints a line of JSON {peer, batch, copies, imagesPerSecond, ...} for each result as soon as it is there.

What is timed is what the meter's `model` scope does: uint8 [N,224,224,3] pixels, cast, normalised and turned on the
device, the network, softmax and the five best classes. `copies`: pixels come from page-locked memory and the classes go
back with every batch, the copy of the next batch behind the computing of this one; else everything stays on the device.
"""
import argparse
import json
import time

import torch
import torch.fx.experimental.optimization
import torchvision

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Classifier(torch.nn.Module):
    """From pixels to the five best classes."""

    def __init__(self):
        super().__init__()
        network = torchvision.models.resnet50(weights=None).eval()
        # BatchNorm folded into the convolutions, as in the meter's own model.
        self.network = torch.fx.experimental.optimization.fuse(network)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1) * 255)
        self.register_buffer("scale", 1 / (torch.tensor(STD).view(1, 3, 1, 1) * 255))

    def forward(self, pixels):
        # NHWC bytes seen as channels-last NCHW: nothing is moved.
        x = pixels.permute(0, 3, 1, 2).to(self.mean.dtype)
        scores = self.network((x - self.mean) * self.scale)
        return torch.softmax(scores.float(), 1).topk(5, 1)


class Energy:
    """Mean watts from the card's own energy counter, where NVML tells it."""

    def __init__(self):
        try:
            import pynvml
            pynvml.nvmlInit()
            self.nvml, self.card = pynvml, pynvml.nvmlDeviceGetHandleByIndex(0)
            self.joules()
        except Exception:
            self.nvml = None

    def joules(self):
        return self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.card) / 1000 if self.nvml else None


def measure(step, batch, seconds, energy):
    """Images/s and watts of calling step() for at least so many seconds, after a second of warm-up."""
    until = time.perf_counter() + 1
    while time.perf_counter() < until:
        step()
    torch.cuda.synchronize()
    joules, start, images = energy.joules(), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        for _ in range(10):
            step()
        torch.cuda.synchronize()
        images += 10 * batch
    elapsed = time.perf_counter() - start
    watts = None if joules is None else (energy.joules() - joules) / elapsed
    return images / elapsed, elapsed, watts


def on_device(model, batch):
    pixels = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8, device="cuda")
    return lambda: model(pixels)


def with_copies(model, batch):
    """Two sets of buffers on two streams in turns, so that one's copies run while the other computes."""
    lanes = []
    for _ in range(2):
        host = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8).pin_memory()
        device = torch.empty(host.shape, dtype=torch.uint8, device="cuda")
        answers = torch.empty((batch, 5), dtype=torch.int64).pin_memory()
        lanes.append((torch.cuda.Stream(), host, device, answers))
    turn = [0]

    def step():
        stream, host, device, answers = lanes[turn[0]]
        turn[0] ^= 1
        with torch.cuda.stream(stream):
            device.copy_(host, non_blocking=True)
            answers.copy_(model(device).indices, non_blocking=True)

    return step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=["eager", "compile"], required=True)
    parser.add_argument("--batch", type=int, required=True, help="images per batch")
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement")
    arguments = parser.parse_args()

    torch.backends.cudnn.benchmark = True
    eager = Classifier().cuda().half().to(memory_format=torch.channels_last)
    energy = Energy()
    versions = {"torch": torch.__version__, "cudnn": torch.backends.cudnn.version()}
    with torch.inference_mode():
        for copies in (False, True):
            model = eager
            if arguments.peer == "compile":
                # CUDA graphs of torch.compile run on one stream; without them its copies can overlap.
                torch.compiler.reset()
                mode = "max-autotune-no-cudagraphs" if copies else "max-autotune"
                model = torch.compile(eager, mode=mode, dynamic=False)
            prepare = with_copies if copies else on_device
            rate, elapsed, watts = measure(prepare(model, arguments.batch), arguments.batch, arguments.seconds, energy)
            result = {"peer": f"PyTorch {arguments.peer}", "batch": arguments.batch, "copies": copies}
            result.update({"imagesPerSecond": rate, "seconds": elapsed, "watts": watts})
            print(json.dumps({**result, **versions}), flush=True)


if __name__ == "__main__":
    main()
