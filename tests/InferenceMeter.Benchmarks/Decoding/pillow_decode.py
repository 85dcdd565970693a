"""Pillow's side of decode-vs-pillow: the same images from memory, one thread.

First argument: a file with one path a line. Then, for each line "plain SECONDS" or "draft SECONDS" on standard input,
one line "IMAGES SECONDS" on standard output: whole passes over the images until the time is over.
"""
import io
import sys
import time

from PIL import Image


def target(width, height):
    return (256, int(256 * height / width)) if width <= height else (int(256 * width / height), 256)


def preprocess(data, draft):
    image = Image.open(io.BytesIO(data))
    size = target(*image.size)
    if draft:
        image.draft("RGB", size)
    image = image.convert("RGB").resize(size, Image.BILINEAR)
    left, top = round((size[0] - 224) / 2.0), round((size[1] - 224) / 2.0)
    return image.crop((left, top, left + 224, top + 224)).tobytes()


def main():
    with open(sys.argv[1], encoding="utf-8") as names:
        files = [open(name, "rb").read() for name in names.read().splitlines()]
    print(Image.__version__, flush=True)
    for line in sys.stdin:
        kind, seconds = line.split()
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < float(seconds):
            for data in files:
                preprocess(data, kind == "draft")
            done += len(files)
        print(done, time.perf_counter() - start, flush=True)


main()
