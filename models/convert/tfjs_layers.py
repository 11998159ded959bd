"""A TensorFlow.js layers model (Keras) that its package wraps in JavaScript files, to ONNX.

For NSFW MobileNet v2 (Howard et al., arXiv:1801.04381, with a small dense head). Batch norm is folded.

in   image  float32 [1, 224, 224, 3], RGB 0..1
out  probs  float32 [1, 5]: drawing, hentai, neutral, porn, sexy
"""

import base64
import json
import os
import re

import numpy
from convert.graph import Graph
from convert.tfjs_weights import read_weights

_EXPORT = re.compile(r"\.exports=(\{.*\}|\"[A-Za-z0-9+/=]*\")\},\{\}\]\},\{\},\[1\]\)")


def _exported(path):
    """The value that a bundled module exports: a plain object literal, or one string."""
    with open(path, encoding="utf-8") as file:
        literal = _EXPORT.search(file.read()).group(1)
    literal = re.sub(r"([{,])([A-Za-z_]\w*):", r'\1"\2":', literal)
    literal = literal.replace(":!0", ":true").replace(":!1", ":false")
    literal = re.sub(r"([:,\[]-?)(\.\d)", r"\g<1>0\2", literal)
    return json.loads(literal)


class _Converter:
    def __init__(self, weights):
        self.graph = Graph("nsfw_mobilenet_v2")
        self.weights = weights
        self.tensors = {}
        self.pending = {}  # a convolution that waits for the batch norm after it: layer -> operands and attributes

    def add(self, layer):
        inputs = [node[0] for node in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        convert = getattr(self, "_" + layer["class_name"].lower())
        self.tensors[layer["name"]] = convert(layer["name"], layer["config"], inputs)

    def _inputlayer(self, name, config, inputs):
        return self.graph.node("Transpose", [self.graph.input("image", [1, 224, 224, 3])], perm=[0, 3, 1, 2])

    def _zeropadding2d(self, name, config, inputs):
        (top, bottom), (left, right) = config["padding"]
        pads = self.graph.constant(name, numpy.array([0, 0, top, left, 0, 0, bottom, right], "i8"))
        return self.graph.node("Pad", [self.tensors[inputs[0]], pads])

    def _conv2d(self, name, config, inputs):
        self._wait_for_norm(name, config, inputs, self.weights[f"{name}/kernel"].transpose(3, 2, 0, 1), group=1)

    def _depthwiseconv2d(self, name, config, inputs):
        kernel = self.weights[f"{name}/depthwise_kernel"].transpose(2, 3, 0, 1)
        self._wait_for_norm(name, config, inputs, kernel.reshape(-1, 1, *kernel.shape[2:]), group=kernel.shape[0])

    def _wait_for_norm(self, name, config, inputs, kernel, group):
        if config["use_bias"] or config["activation"] != "linear":
            raise ValueError("a convolution that batch norm cannot be folded into")
        padding = {"same": "SAME_UPPER", "valid": "VALID"}[config["padding"]]
        attributes = {
            "kernel_shape": list(kernel.shape[2:]),
            "strides": config["strides"],
            "group": group,
            "auto_pad": padding,
        }
        self.pending[name] = (self.tensors[inputs[0]], kernel, attributes)

    def _batchnormalization(self, name, config, inputs):
        tensor, kernel, attributes = self.pending.pop(inputs[0])
        scale = self.weights[f"{name}/gamma"].astype("f8")
        scale = scale / numpy.sqrt(self.weights[f"{name}/moving_variance"].astype("f8") + config["epsilon"])
        bias = self.weights[f"{name}/beta"] - self.weights[f"{name}/moving_mean"].astype("f8") * scale
        kernel = kernel.astype("f8") * scale[:, None, None, None]
        operands = [tensor, self.graph.constant(inputs[0] + "/kernel", kernel.astype("f4"))]
        operands.append(self.graph.constant(inputs[0] + "/bias", bias.astype("f4")))
        return self.graph.node("Conv", operands, **attributes)

    def _relu(self, name, config, inputs):
        return self.graph.relu6(self.tensors[inputs[0]])

    def _add(self, name, config, inputs):
        return self.graph.node("Add", [self.tensors[input] for input in inputs])

    def _averagepooling2d(self, name, config, inputs):
        size, strides = config["pool_size"], config["strides"]
        return self.graph.node("AveragePool", [self.tensors[inputs[0]]], kernel_shape=size, strides=strides)

    def _flatten(self, name, config, inputs):
        return self.graph.node("Flatten", [self.tensors[inputs[0]]], axis=1)

    def _dropout(self, name, config, inputs):
        return self.tensors[inputs[0]]

    def _dense(self, name, config, inputs):
        kernel = self.graph.constant(f"{name}/kernel", self.weights[f"{name}/kernel"])
        bias = self.graph.constant(f"{name}/bias", self.weights[f"{name}/bias"])
        result = self.graph.node("Gemm", [self.tensors[inputs[0]], kernel, bias])
        if config["activation"] == "softmax":
            return self.graph.node("Softmax", [result], axis=1)
        return self.graph.node("Relu", [result])


def convert(source, target):
    """Writes the ONNX file `target` from the package's `model.min.js`."""
    model = _exported(source)
    folder = os.path.dirname(source)

    def read_shard(path):
        return base64.b64decode(_exported(os.path.join(folder, path + ".min.js")))

    converter = _Converter(read_weights(model["weightsManifest"], read_shard))
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    for layer in layers:
        converter.add(layer)
    if converter.pending:
        raise ValueError("a convolution has no batch norm after it")
    converter.graph.output(converter.tensors[layers[-1]["name"]], "probs", [1, 5])
    converter.graph.save(target)
