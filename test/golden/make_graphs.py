"""Writes graphs.json: GraphModels with normalizations, as TensorFlow and the converter leave them.

Each is a function of TensorFlow or a layer of Keras, saved, optimized and converted by tensorflowjs's own
steps, with inputs and what TensorFlow computes of them. `make_graphs.sh` installs what this needs.
"""

import base64
import json
import os

# Before TensorFlow: it sets up what TensorFlow reads when it is imported.
from graph_conversion import converted, outputs_of

import keras
import numpy as np
import tensorflow as tf
import tf_keras

RANDOM = np.random.default_rng(1)
CASES = {}


def normal(*shape, mean=0.0, std=1.0):
    return RANDOM.normal(mean, std, shape).astype(np.float32)


def case(name, *shapes, quantize=None, dynamic=True):
    """A function of tensors of these shapes is a case; the first axis is not known to the converter."""

    def add(function):
        CASES[name] = (function, shapes, quantize, dynamic)
        return function

    return add


def layer_norm(x, gamma, beta, epsilon=1e-5, axes=(-1,)):
    mean, variance = tf.nn.moments(x, axes, keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)


GAMMA, BETA = normal(8, mean=1), normal(8)

# A: tf.nn.moments and tf.nn.batch_normalization.


@case("moments", (3, 8))
def moments(x):
    return layer_norm(x, GAMMA, BETA)


@case("moments over images", (2, 4, 5, 8))
def instance(x):
    return layer_norm(x, GAMMA, BETA, 1e-3, (1, 2))


@case("moments in groups", (2, 4, 5, 8))
def groups(x):
    grouped = tf.reshape(x, [-1, 4, 5, 2, 4])
    gamma, beta = GAMMA.reshape(1, 1, 1, 2, 4), BETA.reshape(1, 1, 1, 2, 4)
    return tf.reshape(layer_norm(grouped, gamma, beta, 1e-3, (1, 2, 4)), tf.shape(x))


@case("moments of the batch", (6, 8))
def batch(x):
    return layer_norm(x, GAMMA, BETA, 1e-3, (0,))


@case("conditional instance norm", (2, 4, 5, 8), (2, 8), (2, 8))
def conditional(x, gamma, beta):
    gamma, beta = gamma[:, None, None, :], beta[:, None, None, :]
    return layer_norm(x, gamma, beta, 1e-3, (1, 2))


@case("adaptive layer norm", (2, 3, 8), (2, 8))
def adaptive(x, condition):
    scale = condition @ normal(8, 8)
    shift = condition @ normal(8, 8)
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    normalized = (x - mean) * tf.math.rsqrt(variance + 1e-6)
    return normalized * (1 + scale[:, None]) + shift[:, None]


# A and B: tf_keras, by its epsilon.


def layer_case(name, layer, *shape, **call):
    layer.build((None, *shape[1:]))
    for weight in layer.weights:
        weight.assign(np.abs(normal(*weight.shape, mean=1)) + 0.1)
    case(name, shape)(lambda x: layer(x, **call))


layer_case("tf_keras layer norm, small epsilon", tf_keras.layers.LayerNormalization(epsilon=1e-6), 2, 3, 8)
layer_case("tf_keras layer norm", tf_keras.layers.LayerNormalization(), 2, 3, 8)
layer_case("tf_keras layer norm over two axes", tf_keras.layers.LayerNormalization(axis=[1, 2]), 2, 3, 8)
layer_case("tf_keras layer norm without parameters", tf_keras.layers.LayerNormalization(center=False, scale=False), 2, 8)
layer_case("tf_keras group norm", tf_keras.layers.GroupNormalization(2), 2, 4, 5, 8)
layer_case("tf_keras unit norm", tf_keras.layers.UnitNormalization(), 3, 8)

# D: Keras 3.
layer_case("keras layer norm", keras.layers.LayerNormalization(), 2, 3, 8)
layer_case("keras layer norm without beta", keras.layers.LayerNormalization(center=False), 2, 3, 8)
layer_case("keras group norm", keras.layers.GroupNormalization(2), 2, 4, 5, 8)
layer_case("keras rms norm", keras.layers.RMSNormalization(), 2, 3, 8)
layer_case("keras unit norm", keras.layers.UnitNormalization(), 3, 8)
layer_case("keras batch norm", keras.layers.BatchNormalization(), 3, 4, 5, 8, training=False)

# C: written by hand.


@case("by hand", (2, 3, 8))
def by_hand(x):
    centered = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(tf.square(centered), -1, keepdims=True)
    return centered * tf.math.rsqrt(variance + 1e-6) * GAMMA + BETA


# E: Flax's, in the ops that jax2tf makes of it.


def as_flax(x, gamma, beta):
    shape = [tf.shape(x)[0], tf.shape(x)[1], 1]
    mean = tf.reduce_sum(x, -1) / 8
    square = tf.reduce_sum(x * x, -1) / 8
    variance = tf.maximum(0.0, square - mean * mean)
    mean, variance = tf.reshape(mean, shape), tf.reshape(variance, shape)
    return (x - mean) * (tf.math.rsqrt(variance + 1e-6) * gamma) + beta


@case("flax", (2, 3, 8))
def flax(x):
    return as_flax(x, GAMMA, BETA)


# F: batch norm by the statistics of the batch, with all outputs.


def fused(version, **attrs):
    def run(x):
        empty = tf.zeros([0])
        op = getattr(tf.raw_ops, f"FusedBatchNorm{version}")
        outputs = op(x=x, scale=GAMMA, offset=BETA, mean=empty, variance=empty, epsilon=1e-3, is_training=True, **attrs)
        return {"y": outputs[0], "mean": outputs[1], "variance": outputs[2], "reserved": outputs[3] + outputs[4]}

    return run


for version in ("", "V2", "V3"):
    case(f"FusedBatchNorm{version}", (3, 4, 5, 8))(fused(version))


@case("FusedBatchNormV3, y alone", (3, 4, 5, 8))
def fused_alone(x):
    return tf.nn.relu(fused("V3")(x)["y"])


# G: root mean square.


@case("t5", (2, 3, 8))
def t5(x):
    variance = tf.reduce_mean(tf.square(x), -1, keepdims=True)
    return GAMMA * (x * tf.math.rsqrt(variance + 1e-6))


@case("gemma", (2, 3, 8))
def gemma(x):
    return x * tf.math.rsqrt(tf.reduce_mean(x**2, -1, keepdims=True) + 1e-6) * (1 + tf.constant(GAMMA))


@case("rms without gamma", (2, 3, 8))
def rms(x):
    return x / tf.sqrt(tf.reduce_mean(x * x, -1, keepdims=True) + 1e-6)


# H and I: vectors of length one.


@case("l2_normalize", (3, 8))
def l2_normalize(x):
    return tf.math.l2_normalize(x, -1)


@case("l2_normalize over images", (2, 4, 5, 8))
def l2_images(x):
    return tf.math.l2_normalize(x, [1, 2])


@case("x / tf.norm", (3, 8))
def by_norm(x):
    return x / tf.norm(x, axis=-1, keepdims=True)


@case("x / EuclideanNorm", (3, 8))
def by_euclidean_norm(x):
    return x / tf.math.reduce_euclidean_norm(x, -1, keepdims=True)


@case("divide_no_nan", (3, 8))
def no_nan(x):
    return tf.math.divide_no_nan(x, tf.norm(x, axis=-1, keepdims=True))


@case("l2 with epsilon", (3, 8))
def l2_epsilon(x):
    return x * tf.math.rsqrt(tf.reduce_sum(tf.square(x), -1, keepdims=True) + 1e-3)


# J: PyTorch's, by way of ONNX.


@case("onnx layer norm", (2, 3, 8))
def onnx(x):
    centered = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(tf.pow(centered, 2.0), -1, keepdims=True)
    return centered / tf.sqrt(variance + 1e-5) * GAMMA + BETA


@case("onnx group norm", (2, 8, 4, 5))
def onnx_group(x):
    grouped = tf.reshape(x, [-1, 2, 80])
    normalized = onnx_instance(grouped)
    return tf.reshape(normalized, [-1, 8, 4, 5]) * GAMMA[:, None, None] + BETA[:, None, None]


def onnx_instance(x):
    centered = x - tf.reduce_mean(x, 2, keepdims=True)
    return centered / tf.sqrt(tf.reduce_mean(centered * centered, 2, keepdims=True) + 1e-5)


# K: quantized weights, axes in any order and from the end.


@case("quantized", (2, 4, 5, 8), quantize="uint8")
def quantized(x):
    return layer_norm(x, GAMMA, BETA, 1e-3, (2, -3))


@case("quantized to float16", (2, 3, 8), quantize="float16")
def half(x):
    return layer_norm(x, GAMMA, BETA, 1e-3)


# In the body of a loop.


@case("in a loop", (3, 8))
def loop(x):
    def body(i, x):
        gamma = tf.cast(i, tf.float32) + GAMMA
        return i + 1, layer_norm(x, gamma, BETA) + fused_rows(x)

    return tf.while_loop(lambda i, _: i < 2, body, [0, x], [tf.TensorShape([]), tf.TensorShape([None, 8])])[1]


def fused_rows(x):
    _, mean, variance = tf.compat.v1.nn.fused_batch_norm(x[:, None, None, :], GAMMA, BETA, epsilon=1e-3)
    return mean + variance


def convert(function, shapes, quantize, dynamic):
    specs = [tf.TensorSpec([None if dynamic else shape[0], *shape[1:]], tf.float32, f"x{i}") for i, shape in enumerate(shapes)]
    model, weights, data, run = converted(function, specs, quantize)
    inputs = {f"x{i}": normal(*shape, mean=0.5, std=2) for i, shape in enumerate(shapes)}
    results = outputs_of(run(*inputs.values()))
    # TensorFlow names the results by their order.
    names = ["Identity" + (f"_{i}" if i else "") for i in range(len(results))]
    outputs = dict(zip(names, (results[key] for key in sorted(results))))
    return {
        "modelTopology": model["modelTopology"],
        "signature": model["signature"],
        "weightSpecs": weights,
        "weightData": base64.b64encode(data).decode(),
        "inputs": {name: tensor(value) for name, value in inputs.items()},
        "outputs": {name: tensor(value.numpy()) for name, value in outputs.items()},
    }


def tensor(array):
    values = [float(f"{value:.8g}") for value in array.astype(np.float64).ravel()]
    return {"shape": list(array.shape), "values": values}


def main():
    golden = {name: convert(*given) for name, given in CASES.items()}
    path = os.path.join(os.path.dirname(__file__), "graphs.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'), sort_keys=True)}" for name, value in golden.items()) + "\n}\n")


main()
