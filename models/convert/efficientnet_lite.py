"""EfficientNet-Lite (PyTorch weights) to ONNX.

Architecture: Tan & Le 2019 (arXiv:1905.11946) in its Lite variant: no squeeze-and-excitation, ReLU6, and a stem, head,
first and last stage that do not scale with width or depth. Batch norm is folded into the convolution before it.

in   image      float32 [1, 3, S, S], RGB 0..255 (the graph itself subtracts 127 and divides by 128)
out  probs      float32 [1, 1000], softmax over ImageNet-1k
     embedding  float32 [1, 1280], the pooled head
"""

import math

import numpy
from convert.graph import Graph
from convert.torch_weights import read_state

BATCH_NORM_EPSILON = 1e-3
INPUT_SIZE = {"lite0": 224, "lite2": 260}
DEPTH_FACTOR = {"lite0": 1.0, "lite2": 1.2}
# (blocks, kernel, stride, expansion) of the seven stages
STAGES = [(1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6)]


class _Builder:
    def __init__(self, variant, state):
        self.graph = Graph(f"efficientnet_{variant}")
        self.state = state
        self.unused = {name for name in state if not name.endswith("num_batches_tracked")}

    def take(self, name):
        self.unused.discard(name)
        return self.state[name]

    def convolution(self, tensor, convolution, norm, stride, *, depthwise=False, activate=True):
        """Convolution, folded batch norm and ReLU6."""
        scale = self.take(f"{norm}.weight").astype("f8")
        scale = scale / numpy.sqrt(self.take(f"{norm}.running_var").astype("f8") + BATCH_NORM_EPSILON)
        bias = self.take(f"{norm}.bias") - self.take(f"{norm}.running_mean").astype("f8") * scale
        weight = self.take(f"{convolution}.weight").astype("f8") * scale[:, None, None, None]
        kernel = weight.shape[2]
        result = self.graph.node(
            "Conv",
            [
                tensor,
                self.graph.constant(f"{convolution}.weight", weight.astype("f4")),
                self.graph.constant(f"{convolution}.bias", bias.astype("f4")),
            ],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            group=weight.shape[0] if depthwise else 1,
            auto_pad="SAME_UPPER",
        )
        return self.graph.relu6(result) if activate else result

    def block(self, tensor, name, stride, expansion, residual):
        """One inverted residual block."""
        result = tensor
        if expansion != 1:
            result = self.convolution(result, f"{name}._expand_conv", f"{name}._bn0", 1)
        result = self.convolution(result, f"{name}._depthwise_conv", f"{name}._bn1", stride, depthwise=True)
        result = self.convolution(result, f"{name}._project_conv", f"{name}._bn2", 1, activate=False)
        return self.graph.node("Add", [result, tensor]) if residual else result


def convert(source, target, variant):
    """Writes the ONNX file `target` from the `.pth` file `source`; `variant` is lite0 or lite2."""
    builder = _Builder(variant, read_state(source))
    graph = builder.graph
    size = INPUT_SIZE[variant]
    image = graph.input("image", [1, 3, size, size])
    tensor = graph.node("Sub", [image, graph.constant("mean", numpy.float32(127))])
    tensor = graph.node("Mul", [tensor, graph.constant("scale", numpy.float32(1 / 128))])
    tensor = builder.convolution(tensor, "_conv_stem", "_bn0", 2)
    index = 0
    for stage, (blocks, _, stride, expansion) in enumerate(STAGES):
        scales = stage not in (0, len(STAGES) - 1)
        for position in range(math.ceil(blocks * DEPTH_FACTOR[variant]) if scales else blocks):
            first = position == 0
            tensor = builder.block(tensor, f"_blocks.{index}", stride if first else 1, expansion, residual=not first)
            index += 1
    tensor = builder.convolution(tensor, "_conv_head", "_bn1", 1)
    tensor = graph.node("Flatten", [graph.node("GlobalAveragePool", [tensor])], axis=1)
    weight = graph.constant("classifier.weight", builder.take("_fc.weight"))
    bias = graph.constant("classifier.bias", builder.take("_fc.bias"))
    logits = graph.node("Gemm", [tensor, weight, bias], transB=1)
    graph.output(graph.node("Softmax", [logits], axis=1), "probs", [1, 1000])
    graph.output(tensor, "embedding", [1, 1280])
    if builder.unused:
        raise ValueError(f"weights without a place: {sorted(builder.unused)[:5]}")
    graph.save(target)
