"""A small ONNX graph under construction: names nodes, keeps constants once, writes the same bytes every time."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 8


class Graph:
    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = {}
        self.inputs = []
        self.outputs = []

    def input(self, name, shape):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def constant(self, name, values):
        self.constants[name] = numpy_helper.from_array(numpy.ascontiguousarray(values), name)
        return name

    def node(self, operator, inputs, **attributes):
        """Adds one node with one output, and returns that output's name."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def relu6(self, tensor):
        low = self.constant("relu6_low", numpy.float32(0))
        high = self.constant("relu6_high", numpy.float32(6))
        return self.node("Clip", [tensor, low, high])

    def output(self, tensor, name, shape):
        self.nodes.append(helper.make_node("Identity", [tensor], [name], name=name))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def save(self, path):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="pictor")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)  # infers every shape, and compares the outputs' with ours
        with open(path, "wb") as file:
            file.write(model.SerializeToString(deterministic=True))
