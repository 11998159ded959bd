"""Reads the weights of a TensorFlow.js model: a manifest of names, shapes and types, and one run of bytes."""

import numpy

TYPES = {"float16": "<f2", "float32": "<f4", "uint8": "u1", "uint16": "<u2", "int32": "<i4"}


def read_weights(manifest, read_shard):
    """Returns {name: array}; float32 whatever the stored form, int32 as it is.

    Quantised weights (uint8, uint16) are value * scale + min in float32, as TensorFlow.js computes them.
    `read_shard(path)` gives the bytes of one file of the manifest.
    """
    weights = {}
    for group in manifest:
        raw = b"".join(read_shard(path) for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            quantisation = entry.get("quantization")
            dtype = numpy.dtype(TYPES[quantisation["dtype"] if quantisation else entry["dtype"]])
            count = int(numpy.prod(entry["shape"])) if entry["shape"] else 1
            values = numpy.frombuffer(raw, dtype, count, offset).reshape(entry["shape"])
            offset += count * dtype.itemsize
            if dtype.kind == "u":
                values = values.astype("f4") * numpy.float32(quantisation["scale"]) + numpy.float32(quantisation["min"])
            weights[entry["name"]] = values if dtype.kind == "i" else values.astype("f4")
        if offset != len(raw):
            raise ValueError(f"{len(raw) - offset} bytes are left after the last weight")
    return weights
