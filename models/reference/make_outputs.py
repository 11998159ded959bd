"""Makes src/vision/models/testdata/*.json: what the ORIGINAL models answer on the test picture.

None of it goes through our converters: EfficientNet-Lite is evaluated here in numpy, layer by layer, with its batch norm
unfolded; TensorFlow.js models run in TensorFlow.js (reference/tfjs_outputs.mjs); the text models, which we do not
convert, in onnxruntime's own Python package. Run by hand when a model changes:

    python models/reference/make_outputs.py FOLDER_WITH_NODE_MODULES

Needs numpy and onnxruntime, Node.js, and in FOLDER_WITH_NODE_MODULES the packages @tensorflow/tfjs-core, -converter,
-backend-cpu and -layers 4.22.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from convert.tfjs_layers import _exported
from convert.torch_weights import read_state
from picture import test_picture

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
TARGET = ROOT / "src" / "vision" / "models" / "testdata"


def convolve(tensor, weight, stride):
    """SAME convolution of [C, H, W] by [O, C/groups, k, k]; depthwise when the weight has one input channel."""
    kernel = weight.shape[2]
    channels, height, width = tensor.shape
    out_height, out_width = -(-height // stride), -(-width // stride)
    pad_y = max(0, (out_height - 1) * stride + kernel - height)
    pad_x = max(0, (out_width - 1) * stride + kernel - width)
    before_y, before_x = pad_y // 2, pad_x // 2
    padded = numpy.pad(tensor, ((0, 0), (before_y, pad_y - before_y), (before_x, pad_x - before_x)))
    result = numpy.zeros((weight.shape[0], out_height, out_width))
    for row in range(kernel):
        for column in range(kernel):
            view = padded[:, row : row + stride * out_height : stride, column : column + stride * out_width : stride]
            view = view[:, :out_height, :out_width]
            if weight.shape[1] == 1 and channels == weight.shape[0]:
                result += view * weight[:, 0, row, column][:, None, None]
            else:
                result += numpy.tensordot(weight[:, :, row, column], view, axes=1)
    return result


def efficientnet_lite2(state, picture):
    def layer(tensor, convolution, norm, stride, activate=True):
        tensor = convolve(tensor, state[convolution + ".weight"].astype("f8"), stride)
        get = lambda part: state[f"{norm}.{part}"].astype("f8")[:, None, None]  # noqa: E731
        tensor = (tensor - get("running_mean")) / numpy.sqrt(get("running_var") + 1e-3) * get("weight") + get("bias")
        return numpy.clip(tensor, 0, 6) if activate else tensor

    tensor = layer((picture.transpose(2, 0, 1) - 127.0) / 128.0, "_conv_stem", "_bn0", 2)
    block = 0
    for repeats, stride, expansion in [(1, 1, 1), (3, 2, 6), (3, 2, 6), (4, 2, 6), (4, 1, 6), (5, 2, 6), (1, 1, 6)]:
        for position in range(repeats):
            name, before = f"_blocks.{block}.", tensor
            if expansion != 1:
                tensor = layer(tensor, name + "_expand_conv", name + "_bn0", 1)
            tensor = layer(tensor, name + "_depthwise_conv", name + "_bn1", stride if position == 0 else 1)
            tensor = layer(tensor, name + "_project_conv", name + "_bn2", 1, activate=False)
            tensor = tensor + before if position else tensor
            block += 1
    embedding = layer(tensor, "_conv_head", "_bn1", 1).mean(axis=(1, 2))
    logits = state["_fc.weight"].astype("f8") @ embedding + state["_fc.bias"]
    probabilities = numpy.exp(logits - logits.max())
    return probabilities / probabilities.sum(), embedding


def tfjs(modules, kind, model, weights, tensor, *nodes):
    with tempfile.TemporaryDirectory(dir=modules) as name:
        folder = Path(name)
        script = folder / "tfjs_outputs.mjs"
        shutil.copy(Path(__file__).with_name("tfjs_outputs.mjs"), script)
        tensor.astype("<f4").tofile(folder / "in")
        shape = ",".join(map(str, tensor.shape))
        subprocess.run(
            ["node", script, kind, model, weights, shape, folder / "in", f"{folder}/out", *nodes], check=True
        )
        return [numpy.fromfile(folder / f"out{index}.f32", "<f4") for index in range(max(1, len(nodes)))]


def sample(values, count=64):
    """What a test compares: the size, the mean, the largest values with their places, and an even sample of the rest."""
    values = numpy.asarray(values, dtype="f8").reshape(-1)
    top = numpy.argsort(-values, kind="stable")[:8]
    places = numpy.unique(numpy.concatenate([top, numpy.linspace(0, values.size - 1, count).astype(int)]))
    round_ = lambda number: float(f"{number:.7g}")  # noqa: E731
    return {
        "size": int(values.size),
        "mean": round_(values.mean()),
        "top": [int(place) for place in top],
        "at": [[int(place), round_(values[place])] for place in places],
    }


def write(name, model, outputs):
    TARGET.mkdir(parents=True, exist_ok=True)
    document = {"model": model, "outputs": {key: sample(values) for key, values in outputs.items()}}
    (TARGET / f"{name}.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def main():
    modules = Path(sys.argv[1]).resolve()
    npm = BUILD / "npm" / "node_modules"
    state = read_state(next((BUILD / "downloads").glob("efficientnet-lite2-*/*/models/*.pth")))
    probabilities, embedding = efficientnet_lite2(state, test_picture(260, 260).astype("f8"))
    write("classifier", "EfficientNet-Lite2, numpy in float64", {"probs": probabilities, "embedding": embedding})

    human = npm / "@vladmandic" / "human-models" / "models"
    picture = test_picture(512, 512).astype("f4")[None]
    keypoints, sides = tfjs(
        modules, "graph", human / "centernet.json", human / "centernet.bin", picture, "tower_0/keypoints", "tower_0/wh"
    )
    planar = lambda values, bands: values.reshape(128, 128, bands).transpose(2, 0, 1)  # noqa: E731
    outputs = {"keypoints": planar(keypoints, 80), "sides": planar(sides, 4)}
    write("detector", "CenterNet, TensorFlow.js 4.22", outputs)

    picture = test_picture(256, 256).astype("f4")[None] / 127.5 - 1
    nodes = ["Identity", "Identity_1", "Identity_2", "Identity_3"]
    found = tfjs(modules, "graph", human / "blazeface.json", human / "blazeface.bin", picture, *nodes)
    names = ["fine_scores", "coarse_scores", "fine_boxes", "coarse_boxes"]
    write("face_detector", "BlazeFace, TensorFlow.js 4.22", dict(zip(names, found)))

    source = next((BUILD / "downloads").glob("nsfwjs-*")) / "dist" / "models" / "mobilenet_v2"
    with tempfile.TemporaryDirectory() as folder:
        model, weights = Path(folder) / "model.json", Path(folder) / "weights.bin"
        model.write_text(json.dumps(_exported(source / "model.min.js")))
        weights.write_bytes(base64.b64decode(_exported(source / "group1-shard1of1.min.js")))
        picture = test_picture(224, 224).astype("f4")[None] / 255
        write(
            "nsfw",
            "NSFW MobileNet v2, TensorFlow.js 4.22",
            {"probs": tfjs(modules, "layers", model, weights, picture)[0]},
        )

    text_models(npm / "@gutenye" / "ocr-models" / "assets")


def text_models(assets):
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # else it reports to its maker
    import onnxruntime

    def run(file, tensor):
        session = onnxruntime.InferenceSession(str(assets / file), providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: tensor.astype("f4")})[0]

    mean, deviation = numpy.array([0.485, 0.456, 0.406]), numpy.array([0.229, 0.224, 0.225])
    blue_first = test_picture(192, 128)[..., ::-1] / 255.0
    planar = ((blue_first - mean) / deviation).transpose(2, 0, 1)[None]
    write("text_detector", "PP-OCRv4 det, onnxruntime", {"text": run("ch_PP-OCRv4_det_infer.onnx", planar)})
    line = (test_picture(192, 48)[..., ::-1] / 127.5 - 1).transpose(2, 0, 1)[None]
    write(
        "text_direction",
        "PP-OCR mobile v2 cls, onnxruntime",
        {"probs": run("ch_ppocr_mobile_v2.0_cls_infer.onnx", line)},
    )
    line = (test_picture(320, 48)[..., ::-1] / 127.5 - 1).transpose(2, 0, 1)[None]
    write("text_recognizer", "PP-OCRv4 rec, onnxruntime", {"characters": run("ch_PP-OCRv4_rec_infer.onnx", line)})


if __name__ == "__main__":
    main()
