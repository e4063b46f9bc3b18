"""Writes layer_golden.json: training steps of Keras's, TF Addons's and PyTorch's further layers."""

import json
import os
import pathlib
import zlib

os.environ['KERAS_BACKEND'] = 'tensorflow'
# tf_keras asks tf.keras for its input specifications.
os.environ['TF_USE_LEGACY_KERAS'] = '1'
# A GPU or oneDNN would round differently.
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'

import keras
import keras_models
import numpy as np
import tensorflow as tf
import tf_keras
import torch
import torch.nn.functional as F
from make_golden import compact, lines, random, single, tensor

LEARNING_RATE = 0.1
ADDONS = keras_models.addons()

# Steps of gradient descent.


def last(name):
    return name.split('/')[-1].replace(':0', '')


def start(rng, name, shape):
    if name == 'initialized':
        return np.array(False)
    values = random(rng, shape, 0, 0.5)
    positive = ('variance' in name) or ('stddev' in name) or (name == 'learned_epsilon')
    return abs(values) + 0.5 if positive else values


def assign(weight, values):
    weight.assign(values if values.dtype == bool else single(values))


def numbers(value):
    array = np.asarray(tf.convert_to_tensor(value))
    return array.astype(int) if array.dtype == bool else array


def layer_case(name, layer, shape, *, training, mask=None, vocabulary=None):
    """`training`: of each step. Where it is true or None, the weights then learn."""
    version = 'Keras 2' if isinstance(layer, tf_keras.layers.Layer) else 'Keras 3'
    version = 'Addons' if 'addons' in type(layer).__module__ else version
    name = f'{version} {type(layer).__name__} of [{", ".join(map(str, shape))}], {name}'
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    layer.build(tf.TensorShape(shape) if version != 'Keras 3' else shape)
    weights = []
    for weight in layer.weights:
        values = start(rng, last(weight.name), weight.shape)
        assign(weight, values)
        record = {'name': last(weight.name), 'shape': list(weight.shape), 'values': values}
        weights.append({**record, 'values': values.astype(int)} if values.ndim == 0 else record)

    steps = []
    trainable = list(layer.trainable_weights)
    for step in training:
        arguments = {} if step is None else {'training': step}
        counts = None
        if mask is not None:
            counts = mask(rng)
            arguments['mask'] = tf.constant(counts)
        if vocabulary is None:
            x = random(rng, shape, 1, 2)
            given = tf.Variable(single(x))
        else:
            x = rng.integers(0, vocabulary, shape)
            # Of integers, Keras 3's wrapper makes an output of integers.
            given = tf.constant(single(x))
        with tf.GradientTape() as tape:
            y = layer(given, **arguments)
            dy = random(rng, y.shape, decimals=2)
            loss = tf.reduce_sum(y * single(dy))
        wrt = ([] if vocabulary else [given]) + trainable
        found = [numbers(gradient) for gradient in tape.gradient(loss, wrt)]
        record = {'training': bool(step), 'x': x, 'y': y.numpy(), 'dy': dy}
        if counts is not None:
            record['mask'] = {'values': counts.astype(float), 'shape': list(counts.shape)}
        if not vocabulary:
            record['dx'] = found.pop(0)
        record['dweights'] = {last(w.name): g for w, g in zip(trainable, found)}
        steps.append(record)
        if step is not False:
            for weight, gradient in zip(trainable, found):
                weight.assign(weight - LEARNING_RATE * gradient)
    config = layer.get_config()
    return compact(
        {
            'name': name,
            'className': type(layer).__name__,
            'config': config,
            'shape': shape,
            'integers': vocabulary is not None,
            'weights': weights,
            'steps': steps,
            'after': [numbers(weight) for weight in layer.weights],
        }
    )


def steps_mask(shape, least=1):
    """Sequences of different lengths."""

    def of(rng):
        lengths = rng.integers(least, shape[1] + 1, shape[0])
        return np.arange(shape[1])[None] < lengths[:, None]

    return of


def layer_cases():
    BN = keras.layers.BatchNormalization
    yield layer_case(
        'mask', BN(momentum=0.9), [4, 5, 3], training=[True, False], mask=steps_mask([4, 5])
    )
    yield layer_case(
        'mask of two axes',
        BN(momentum=0.5, scale=False),
        [3, 4, 2, 3],
        training=[True],
        mask=lambda rng: rng.random((3, 4, 2)) < 0.6,
    )
    yield layer_case(
        'mask, axis 1', BN(axis=1), [4, 5, 3], training=[True], mask=steps_mask([4, 5], 5)
    )
    yield layer_case(
        'all masked',
        BN(momentum=0.5),
        [3, 2, 4],
        training=[True],
        mask=lambda rng: np.zeros((3, 2), bool),
    )
    clipping = {'rmax': 1.5, 'rmin': 0.7, 'dmax': 0.4}
    yield layer_case('renorm', BN(renorm=True), [5, 3], training=[True, True, False])
    yield layer_case(
        'renorm, clipped',
        BN(renorm=True, renorm_clipping=clipping, renorm_momentum=0.6, momentum=0.8),
        [3, 4, 5],
        training=[True, True, False],
    )
    yield layer_case(
        'renorm, axis 1, scale off',
        BN(axis=1, renorm=True, scale=False, renorm_clipping={'dmax': 1.0}),
        [3, 4, 2, 2],
        training=[True, True],
    )
    yield layer_case(
        'renorm, center off, masked',
        BN(renorm=True, center=False, renorm_momentum=0.5),
        [3, 4, 5],
        training=[True, True],
        mask=steps_mask([3, 4]),
    )
    BN = tf_keras.layers.BatchNormalization
    yield layer_case(
        'renorm, clipped',
        BN(renorm=True, renorm_clipping=clipping, renorm_momentum=0.6, momentum=0.8),
        [3, 4, 5],
        training=[True, True, False],
    )
    GN = tf_keras.layers.GroupNormalization
    yield layer_case(
        'mask of each element',
        GN(groups=2),
        [2, 5, 4],
        training=[None],
        mask=lambda rng: np.broadcast_to(steps_mask([2, 5])(rng)[..., None], (2, 5, 4)).astype(
            'float32'
        ),
    )
    yield layer_case(
        'weights, axis 1',
        GN(groups=3, axis=1),
        [2, 6, 3, 2],
        training=[None],
        mask=lambda rng: single(abs(random(rng, [2, 6, 3, 2])) + 0.1),
    )

    LN = keras.layers.LayerNormalization
    yield layer_case('rms_scaling', LN(rms_scaling=True), [3, 7], training=[None])
    yield layer_case(
        'rms_scaling, axes 1 and 3',
        LN(rms_scaling=True, axis=[3, 1], center=False, scale=False),
        [2, 3, 2, 4],
        training=[None],
    )

    for SN, K in (
        (keras.layers.SpectralNormalization, keras.layers),
        (tf_keras.layers.SpectralNormalization, tf_keras.layers),
    ):
        many = [True, True, False]
        yield layer_case('Dense', SN(K.Dense(3, activation='tanh')), [4, 5], training=many)
        yield layer_case(
            'Conv2D, 3 iterations',
            SN(K.Conv2D(3, 2), power_iterations=3),
            [2, 3, 3, 2],
            training=many,
        )
        yield layer_case('Conv1D', SN(K.Conv1D(4, 2, use_bias=False)), [2, 5, 3], training=[True])
        yield layer_case('Conv3D', SN(K.Conv3D(2, 2)), [1, 2, 3, 2, 2], training=[True])
        yield layer_case(
            'Conv2DTranspose', SN(K.Conv2DTranspose(3, 2)), [1, 2, 2, 2], training=[True]
        )
        yield layer_case(
            'Embedding', SN(K.Embedding(6, 3)), [4], training=[True, False], vocabulary=6
        )
    SN = keras.layers.SpectralNormalization
    yield layer_case(
        'DepthwiseConv2D',
        SN(keras.layers.DepthwiseConv2D(2, depth_multiplier=2)),
        [1, 3, 3, 2],
        training=[True],
    )

    K = tf_keras.layers
    WN, TLU = ADDONS.WeightNormalization, ADDONS.TLU
    two = [None, None]
    yield layer_case(
        'Dense', WN(K.Dense(3, activation='tanh'), data_init=False), [4, 5], training=two
    )
    yield layer_case('Conv2D', WN(K.Conv2D(3, 2), data_init=False), [2, 3, 3, 2], training=two)
    yield layer_case(
        'Conv1D without bias',
        WN(K.Conv1D(2, 2, use_bias=False), data_init=False),
        [2, 4, 3],
        training=two,
    )
    yield layer_case(
        'Conv2DTranspose', WN(K.Conv2DTranspose(3, 2), data_init=False), [1, 2, 2, 2], training=two
    )
    yield layer_case('SimpleRNN', WN(K.SimpleRNN(3), data_init=False), [2, 4, 2], training=two)

    FRN = ADDONS.FilterResponseNormalization
    yield layer_case('defaults', FRN(), [2, 3, 4, 3], training=two)
    yield layer_case('learned epsilon', FRN(learned_epsilon=True), [2, 3, 2, 3], training=two)
    yield layer_case('defaults', TLU(), [2, 3, 2], training=two)
    yield layer_case('affine', TLU(affine=True), [2, 3, 2], training=two)


# Preprocessing.


def normalization_case(name, shape, batches, **config):
    name = f'Normalization of [{", ".join(map(str, shape))}], {name}'
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    layer = keras.layers.Normalization(**config)
    data = [random(rng, [size, *shape[1:]], 3, 2) for size in batches]
    if data:
        layer.adapt(single(np.concatenate(data)))
    else:
        layer.build(shape)
    x = random(rng, shape, 3, 2)
    y = layer(single(x))
    weights = [
        {'name': w.name, 'shape': list(w.shape), 'values': numbers(w)} for w in layer.weights
    ]
    return compact(
        {
            'name': name,
            'config': layer.get_config(),
            'shape': shape,
            'batches': [{'shape': list(d.shape), 'values': d} for d in data],
            'weights': weights,
            'x': x,
            'y': y.numpy(),
        }
    )


def normalization_cases():
    yield normalization_case('defaults', [2, 3], [5, 2, 4])
    yield normalization_case('invert', [2, 3], [5, 2], invert=True)
    yield normalization_case('axis None', [2, 3, 2], [4, 1], axis=None)
    yield normalization_case('axes 1 and 2', [2, 3, 2], [4, 3, 1], axis=(2, 1))
    yield normalization_case('axis 1', [2, 3, 4, 2], [3, 2], axis=1)
    yield normalization_case('not adapted', [2, 3], [])
    yield normalization_case('given', [2, 3], [], mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 0.25])
    yield normalization_case(
        'given scalars, inverted', [2, 3], [], mean=1.5, variance=4.0, invert=True
    )
    yield normalization_case(
        'one given for the last of two axes',
        [2, 3, 2],
        [],
        axis=(1, 2),
        mean=[1.0, 2.0],
        variance=[1.0, 0.0],
    )


# PyTorch in float64.


def response_case(shape, radius, bias, alpha, beta):
    name = (
        f'[{", ".join(map(str, shape))}], radius {radius}, bias {bias}, alpha {alpha}, beta {beta}'
    )
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    text = {
        'x': random(rng, shape),
        'dy': random(rng, shape, decimals=2),
        'v': random(rng, shape, decimals=2),
    }
    leaf = tensor(text['x'])
    size = 2 * radius + 1
    # Over axis 1, and with a mean of the squares in the place of their sum.
    flat = leaf.reshape([-1, shape[-1], 1])
    y = F.local_response_norm(flat, size, alpha * size, beta, bias).reshape(shape)
    (dx,) = torch.autograd.grad(torch.sum(y * tensor(text['dy'])), [leaf], create_graph=True)
    (ddx,) = torch.autograd.grad(torch.sum(dx * tensor(text['v'])), [leaf])
    config = {'depthRadius': radius, 'bias': bias, 'alpha': alpha, 'beta': beta}
    record = {'name': name, 'config': config, 'shape': shape, **text, 'y': y, 'dx': dx, 'ddx': ddx}
    return compact(record)


def response_cases():
    yield response_case([3, 7], 5, 1.0, 1.0, 0.5)
    yield response_case([2, 2, 2, 6], 2, 2.0, 0.3, 0.75)
    yield response_case([2, 3, 9], 1, 1.0, 0.1, 1.0)
    yield response_case([5], 0, 0.5, 1.0, 0.5)
    yield response_case([1, 2, 1, 2, 4], 1, 1.0, 2.0, 2.5)


def main():
    sections = {
        'layers': layer_cases(),
        'normalization': normalization_cases(),
        'responses': response_cases(),
    }
    versions = {
        'torch': torch.__version__.split('+')[0],
        'keras': keras.__version__,
        'tf_keras': tf_keras.__version__,
    }
    body = ',\n'.join(f'"{name}":[\n{lines(cases)}\n]' for name, cases in sections.items())
    path = pathlib.Path(__file__).with_name('layer_golden.json')
    path.write_text(f'{{"versions":{json.dumps(versions)},\n{body}}}\n')


if __name__ == '__main__':
    main()
