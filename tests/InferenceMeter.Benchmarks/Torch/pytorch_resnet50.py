"""PyTorch's side of vs-pytorch: torchvision's ResNet-50 on the CPU, all cores.

First argument: seconds for each trial. It tries eager and frozen TorchScript (torch.jit.freeze and
optimize_for_inference), NCHW and channels-last, batches of 1, 8 and 16, prints a line "trial NAME IMAGES_PER_SECOND"
for each and "best NAME", and then, for each line SECONDS on standard input, the images per second of a segment of the
best. Weights are random: dense arithmetic does not look at them.
"""
import os
import sys
import time

import torch
import torchvision


def networks():
    torch.manual_seed(1)
    eager = torchvision.models.resnet50(weights=None).eval()
    for layout, name in ((torch.contiguous_format, "nchw"), (torch.channels_last, "nhwc")):
        model = eager.to(memory_format=layout)
        yield f"eager-{name}", model, layout
        for batch in (1, 8, 16):
            example = torch.rand(batch, 3, 224, 224).contiguous(memory_format=layout)
            frozen = torch.jit.freeze(torch.jit.trace(model, example))
            yield f"frozen-{name}", torch.jit.optimize_for_inference(frozen), (layout, batch)


def segment(model, x, seconds):
    start, done = time.perf_counter(), 0
    while True:
        model(x)
        done += x.shape[0]
        passed = time.perf_counter() - start
        if passed >= seconds:
            return done / passed


def main():
    seconds = float(sys.argv[1])
    # Debian's build takes one thread by itself, and with one it leaves oneDNN for the reference BLAS: ten times slower.
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    best = (0.0, "", None, None)
    with torch.inference_mode():
        for name, model, layout in networks():
            batches = (layout[1],) if isinstance(layout, tuple) else (1, 8, 16)
            memory = layout[0] if isinstance(layout, tuple) else layout
            for batch in batches:
                x = torch.rand(batch, 3, 224, 224).contiguous(memory_format=memory)
                for _ in range(3):
                    model(x)
                rate = segment(model, x, seconds)
                print(f"trial {name}-batch-{batch} {rate:.2f}", flush=True)
                best = max(best, (rate, f"{name}-batch-{batch}", model, x), key=lambda trial: trial[0])
        print(f"best {best[1]} torch {torch.__version__}, {torch.get_num_threads()} threads", flush=True)
        for line in sys.stdin:
            print(f"{segment(best[2], best[3], float(line)):.3f}", flush=True)


main()
