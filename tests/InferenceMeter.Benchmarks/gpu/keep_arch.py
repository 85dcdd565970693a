#!/usr/bin/env python3
"""Keeps the GPU code of one architecture in a CUDA shared library, so that the library packs small.

usage: keep_arch.py LIBRARY ARCHITECTURE        such as: keep_arch.py libonnxruntime_providers_cuda.so 90

The library is changed in place. Its size and layout stay: code for other architectures becomes zeros, its headers
remain. A module without code for the architecture keeps what the driver would run instead: code of the same major
version, else its PTX.
"""
import collections
import mmap
import struct
import sys

# A fat binary as nvcc embeds it: a container header, then images of one architecture each, every one with a header.
CONTAINER = struct.Struct("<IHHQ")  # magic, version, bytes of this header, bytes of the images behind it
IMAGE = struct.Struct("<HHIQ12xI")  # kind, version, bytes of this header, bytes of the image, ..., architecture
MAGIC = 0xBA55ED50
PTX, CUBIN = 1, 2

Image = collections.namedtuple("Image", "kind architecture start size")


def containers(library):
    """The images of each container."""
    magic = struct.pack("<I", MAGIC)
    at = library.find(magic)
    while at >= 0:
        following = at + len(magic)
        if at % 8 == 0 and at + CONTAINER.size <= len(library):
            _, version, header, size = CONTAINER.unpack_from(library, at)
            end = at + header + size
            if version == 1 and header == CONTAINER.size and size > 0 and end <= len(library):
                found = images(library, at + header, end)
                if found:
                    yield found
                    following = end
        at = library.find(magic, following)


def images(library, at, end):
    """The images between two offsets; none when these are no images."""
    found = []
    while at + IMAGE.size <= end:
        kind, _, header, size, architecture = IMAGE.unpack_from(library, at)
        if kind not in (PTX, CUBIN) or header < IMAGE.size or at + header + size > end:
            return []
        found.append(Image(kind, architecture, at + header, size))
        at += header + size
    return found


def chosen(found, wanted):
    """The images that a card of the wanted architecture runs."""
    older = [image for image in found if image.architecture <= wanted]
    cubins = [image for image in older if image.kind == CUBIN and image.architecture // 10 == wanted // 10]
    if cubins:
        newest = max(image.architecture for image in cubins)
        return [image for image in cubins if image.architecture == newest]
    ptx = [image for image in older if image.kind == PTX]
    return ptx or found


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    path, wanted = sys.argv[1], int(sys.argv[2])
    removed = 0
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as library:
        modules = list(containers(library))
        if not modules:
            sys.exit(f"{path}: there is no GPU code in it")
        exact = sum(any(image.kind == CUBIN and image.architecture == wanted for image in found) for found in modules)
        if exact == 0:
            have = sorted({image.architecture for found in modules for image in found})
            sys.exit(f"{path}: no code for architecture {wanted}; it has {', '.join(map(str, have))}")
        for found in modules:
            keep = chosen(found, wanted)
            for image in found:
                if image not in keep:
                    library[image.start:image.start + image.size] = bytes(image.size)
                    removed += image.size
    print(f"{path}: {len(modules)} modules, {exact} with code for architecture {wanted}; {removed >> 20} MB removed")


if __name__ == "__main__":
    main()
