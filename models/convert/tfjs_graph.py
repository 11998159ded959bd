"""A TensorFlow.js graph model to ONNX, for the operators that our models use.

Inside, tensors are NCHW; the graph's input stays NHWC as the original has it. Kernels HWIO become OIHW, depthwise
kernels HWCM become (C*M, 1, H, W); SAME padding is SAME_UPPER.
"""

import base64
import json
import os

import numpy
from convert.graph import Graph
from convert.tfjs_weights import read_weights


def _text(value):
    return base64.b64decode(value["s"]).decode()


class _Converter:
    def __init__(self, name, model, weights):
        self.graph = Graph(name)
        self.weights = weights
        self.nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.tensors = {}

    def tensor(self, name):
        """The ONNX name of a TensorFlow node's output; converts what it depends on first."""
        name = name.split(":")[0]
        if name not in self.tensors:
            node = self.nodes[name]
            convert = getattr(self, "_" + node["op"].lstrip("_").lower(), None)
            if convert is None:
                raise ValueError(f"operator {node['op']} is not known here")
            inputs = [input for input in node.get("input", []) if not input.startswith("^")]
            self.tensors[name] = convert(node, inputs, node.get("attr", {}))
        return self.tensors[name]

    def _const(self, node, inputs, attributes):
        values = self.weights[node["name"]]
        if values.ndim == 1:
            values = values.reshape(1, -1, 1, 1)
        elif values.ndim == 4:
            values = values.transpose(0, 3, 1, 2)
        return self.graph.constant(node["name"], values.astype("f4"))

    def _placeholder(self, node, inputs, attributes):
        shape = [max(1, int(dimension["size"])) for dimension in attributes["shape"]["shape"]["dim"]]
        return self.graph.node("Transpose", [self.graph.input("image", shape)], perm=[0, 3, 1, 2])

    def _convolution(self, node, inputs, attributes, depthwise):
        kernel = self.weights[inputs[1]]
        height, width, channels, multiplier = kernel.shape
        if depthwise:
            kernel = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
        else:
            kernel = kernel.transpose(3, 2, 0, 1)
        fused = attributes.get("fused_ops", {}).get("list", {}).get("s", [])
        fused = [base64.b64decode(operator).decode() for operator in fused]
        operands = [self.tensor(inputs[0]), self.graph.constant(node["name"] + "/kernel", kernel)]
        if fused[:1] == ["BiasAdd"]:
            operands.append(self.graph.constant(node["name"] + "/bias", self.weights[inputs[2]].reshape(-1)))
            fused = fused[1:]
        result = self.graph.node(
            "Conv",
            operands,
            kernel_shape=[height, width],
            strides=[int(step) for step in attributes["strides"]["list"]["i"]][1:3],
            group=channels if depthwise else 1,
            auto_pad={"SAME": "SAME_UPPER", "VALID": "VALID"}[_text(attributes["padding"])],
        )
        for activation in fused:
            result = self.graph.relu6(result) if activation == "Relu6" else self.graph.node(activation, [result])
        return result

    def _conv2d(self, node, inputs, attributes):
        return self._convolution(node, inputs, attributes, depthwise=False)

    def _depthwiseconv2dnative(self, node, inputs, attributes):
        return self._convolution(node, inputs, attributes, depthwise=True)

    _fusedconv2d = _conv2d
    _fuseddepthwiseconv2dnative = _depthwiseconv2dnative

    def _elementwise(self, node, inputs, attributes):
        operator = {"AddV2": "Add", "BiasAdd": "Add"}.get(node["op"], node["op"])
        return self.graph.node(operator, [self.tensor(input) for input in inputs])

    _add = _addv2 = _biasadd = _mul = _sub = _relu = _sigmoid = _elementwise

    def _relu6(self, node, inputs, attributes):
        return self.graph.relu6(self.tensor(inputs[0]))

    def _identity(self, node, inputs, attributes):
        return self.tensor(inputs[0])

    def _mean(self, node, inputs, attributes):
        if sorted(self.weights[inputs[1]].reshape(-1).tolist()) != [1, 2]:
            raise ValueError("a mean over other axes than height and width")
        return self.graph.node("ReduceMean", [self.tensor(inputs[0])], axes=[2, 3], keepdims=1)

    def _concatv2(self, node, inputs, attributes):
        if int(self.weights[inputs[-1]].reshape(-1)[0]) not in (3, -1):
            raise ValueError("a concatenation along another axis than channels")
        return self.graph.node("Concat", [self.tensor(input) for input in inputs[:-1]], axis=1)

    def _maxpool(self, node, inputs, attributes):
        size = [int(value) for value in attributes["ksize"]["list"]["i"]][1:3]
        strides = [int(value) for value in attributes["strides"]["list"]["i"]][1:3]
        padding = {"SAME": "SAME_UPPER", "VALID": "VALID"}[_text(attributes["padding"])]
        return self.graph.node(
            "MaxPool", [self.tensor(inputs[0])], kernel_shape=size, strides=strides, auto_pad=padding
        )

    def _pad(self, node, inputs, attributes):
        amounts = self.weights[inputs[1]].reshape(4, 2)[[0, 3, 1, 2]]  # NHWC to NCHW
        pads = self.graph.constant(node["name"] + "/pads", amounts.T.reshape(-1).astype("i8"))
        return self.graph.node("Pad", [self.tensor(inputs[0]), pads])

    def _reshape(self, node, inputs, attributes):
        rows = self.graph.node(
            "Transpose", [self.tensor(inputs[0])], perm=[0, 2, 3, 1]
        )  # the order that TensorFlow reads
        shape = self.graph.constant(node["name"] + "/shape", self.weights[inputs[1]].reshape(-1).astype("i8"))
        return self.graph.node("Reshape", [rows, shape])

    def _resizebilinear(self, node, inputs, attributes):
        if attributes["align_corners"]["b"] or attributes["half_pixel_centers"]["b"]:
            raise ValueError("a resize with other corners")
        # Every resize in our graphs doubles; the check of output shapes at the end would find another.
        scales = self.graph.constant("double", numpy.array([1, 1, 2, 2], "f4"))
        return self.graph.node(
            "Resize", [self.tensor(inputs[0]), "", scales], mode="linear", coordinate_transformation_mode="asymmetric"
        )


def convert(source, target, name, outputs):
    """Writes the ONNX file `target` from a graph model's JSON file; `outputs` is [(node, output name, shape)]."""
    with open(source, encoding="utf-8") as file:
        model = json.load(file)
    folder = os.path.dirname(source)

    def read_shard(path):
        with open(os.path.join(folder, path), "rb") as shard:
            return shard.read()

    converter = _Converter(name, model, read_weights(model["weightsManifest"], read_shard))
    for node, output, shape in outputs:
        converter.graph.output(converter.tensor(node), output, shape)
    converter.graph.save(target)


CENTERNET_OUTPUTS = [("tower_0/keypoints", "keypoints", [1, 80, 128, 128]), ("tower_0/wh", "sides", [1, 4, 128, 128])]
BLAZEFACE_OUTPUTS = [
    ("Identity", "fine_scores", [1, 512, 1]),
    ("Identity_1", "coarse_scores", [1, 384, 1]),
    ("Identity_2", "fine_boxes", [1, 512, 16]),
    ("Identity_3", "coarse_boxes", [1, 384, 16]),
]
