"""Pillow's side of decode-vs-pillow: reads a number of seconds a line, answers images/s of one thread."""
import glob
import io
import os
import sys
import time

from PIL import Image

folder, mode = sys.argv[1:]
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif")
files = sorted(f for f in glob.glob(os.path.join(folder, "**", "*"), recursive=True) if f.lower().endswith(EXTENSIONS))
photos = [open(f, "rb").read() for f in files]


def preprocess(data):
    image = Image.open(io.BytesIO(data))
    w, h = image.size
    size = (256, int(256 * h / w)) if w <= h else (int(256 * w / h), 256)
    if mode == "draft":
        # Lets libjpeg scale down by powers of two while it decodes, as our decoder does.
        image.draft("RGB", size)
    image = image.convert("RGB").resize(size, Image.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    return image.crop((left, top, left + 224, top + 224)).tobytes()


for line in sys.stdin:
    start, images = time.perf_counter(), 0
    while time.perf_counter() - start < float(line):
        for photo in photos:
            preprocess(photo)
        images += len(photos)
    print(images / (time.perf_counter() - start), flush=True)
