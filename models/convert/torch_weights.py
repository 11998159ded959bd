"""Reads PyTorch's legacy `.pth` format (before 1.6) without PyTorch, running none of its code.

The file is five pickles (magic, version, system, the state, storage keys) and then the raw storages.
A tensor is a view of a storage: (offset, size, strides); strides are honoured, they are not always contiguous.
"""

import collections
import pickle
import struct

import numpy

MAGIC = 0x1950A86A20F9469CFC6C
STORAGE_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8", "DoubleStorage": "<f8", "HalfStorage": "<f2"}


class _StateUnpickler(pickle.Unpickler):
    """Resolves the three names that a state dictionary needs, and refuses every other."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: (storage, offset, size, stride)
        if module == "torch" and name in STORAGE_TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a state dictionary")

    def persistent_load(self, reference):
        _, storage_type, key, *_ = reference
        return storage_type, key


def read_state(path):
    """Returns {name: numpy array}."""
    with open(path, "rb") as file:
        if _StateUnpickler(file).load() != MAGIC:
            raise ValueError("not a legacy PyTorch file")
        _StateUnpickler(file).load()  # protocol version
        _StateUnpickler(file).load()  # system information
        views = _StateUnpickler(file).load()
        keys = _StateUnpickler(file).load()
        type_of = {key: storage_type for (storage_type, key), *_ in views.values()}
        storages = {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            dtype = numpy.dtype(STORAGE_TYPES[type_of[key]])
            storages[key] = numpy.frombuffer(file.read(count * dtype.itemsize), dtype)
        if file.read(1):
            raise ValueError("bytes are left after the last storage")
    return {
        name: _view(storages[key], offset, size, stride) for name, ((_, key), offset, size, stride) in views.items()
    }


def _view(storage, offset, size, stride):
    base = storage[offset:]
    strides = [step * base.itemsize for step in stride]
    return numpy.ascontiguousarray(numpy.lib.stride_tricks.as_strided(base, shape=size, strides=strides))
