"""Writes graph_models.json: whole models with normalizations, as TensorFlow and the converter leave them.

It keeps axes, shapes, epsilons and weights that are one number; the others are random when a model is timed.
`make_graphs.sh` installs what this needs, and runs it.
"""

import json
import os

# Before TensorFlow: it sets up what TensorFlow reads when it is imported.
from graph_conversion import converted

import numpy as np
import tensorflow as tf
import tf_keras

# Parameters of this many elements or fewer are told as well, which does no harm.
LARGEST = 8


def pix2pix(size, width):
    """The U-Net of TensorFlow's tutorial of pix2pix, without dropout."""
    layers = tf_keras.layers
    x = inputs = layers.Input([size, size, 3])
    skips = []
    depth = int(np.log2(size))
    for level in range(depth):
        x = layers.Conv2D(width * min(2**level, 8), 4, 2, "same", use_bias=False)(x)
        if level > 0 and level < depth - 1:
            x = TrainedBatchNorm()(x)
        x = layers.LeakyReLU()(x)
        skips.append(x)
    for level in range(depth - 2, -1, -1):
        x = layers.Conv2DTranspose(width * min(2**level, 8), 4, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(TrainedBatchNorm()(x))
        x = layers.Concatenate()([x, skips[level]])
    x = layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x)
    return tf_keras.Model(inputs, x)


class TrainedBatchNorm(tf_keras.layers.Layer):
    """Batch norm by the statistics of the batch, which pix2pix takes whenever it runs."""

    def build(self, shape):
        self.gamma = self.add_weight("gamma", [shape[-1]], initializer="ones")
        self.beta = self.add_weight("beta", [shape[-1]])

    def call(self, x):
        return tf.compat.v1.nn.fused_batch_norm(x, self.gamma, self.beta, epsilon=1e-3)[0]


def encoder(tokens, width, blocks, heads, epsilon):
    """An encoder of a transformer, with layer norm behind each addition."""
    layers = tf_keras.layers
    x = inputs = layers.Input([tokens, width])
    norm = lambda: layers.LayerNormalization(epsilon=epsilon)
    for _ in range(blocks):
        q, k, v = (split(layers.Dense(width)(x), heads) for _ in range(3))
        scores = tf.matmul(q, k, transpose_b=True) * (width / heads) ** -0.5
        mixed = tf.transpose(tf.matmul(tf.nn.softmax(scores), v), [0, 2, 1, 3])
        x = norm()(x + layers.Dense(width)(tf.reshape(mixed, [-1, tokens, width])))
        x = norm()(x + layers.Dense(width)(layers.Dense(4 * width, "relu")(x)))
    return tf_keras.Model(inputs, x)


def split(x, heads):
    tokens, width = x.shape[1:]
    return tf.transpose(tf.reshape(x, [-1, tokens, heads, width // heads]), [0, 2, 1, 3])


# tf.keras's default for layer norm, of which TensorFlow makes a FusedBatchNormV3, and one that it writes as small ops.
MODELS = {
    "pix2pix generator": pix2pix(128, 16),
    "transformer encoder, epsilon 1e-3": encoder(128, 128, 2, 4, 1e-3),
    "transformer encoder, epsilon 1e-6": encoder(128, 128, 2, 4, 1e-6),
}


RANDOM = np.random.default_rng(1)


def described(model):
    for weight in model.weights:
        # What is 1 or 0 would be folded.
        if len(weight.shape) == 1:
            weight.assign(RANDOM.normal(1, 0.3, weight.shape))
    run = lambda x: model(x)
    json_model, weights, data, _ = converted(run, [tf.TensorSpec([1, *model.input_shape[1:]], tf.float32, "x0")])
    told, start = {}, 0
    for weight in weights:
        size = int(np.prod(weight["shape"]))
        values = np.frombuffer(data, weight["dtype"], size, start)
        start += values.nbytes
        if size <= LARGEST or weight["dtype"] != "float32":
            told[weight["name"]] = values.tolist()
        elif (values == values[0]).all():
            told[weight["name"]] = values[:1].tolist()
    return {
        "modelTopology": json_model["modelTopology"],
        "signature": json_model["signature"],
        "weightSpecs": weights,
        "told": told,
        "input": [1, *model.input_shape[1:]],
    }


path = os.path.join(os.path.dirname(__file__), "graph_models.json")
with open(path, "w", encoding="utf-8") as file:
    models = (f"{json.dumps(name)}:{json.dumps(described(model), separators=(',', ':'), sort_keys=True)}" for name, model in MODELS.items())
    file.write("{\n" + ",\n".join(models) + "\n}\n")
