"""Writes what PyTorch, Keras and ONNX compute, for our ops, layers and models to reproduce.

golden.json    ops and layers
models.json    whole models, from keras_models.py
modules.json   modules of PyTorch and Flax, from modules.py
onnx.json      ONNX's test cases, from make_onnx.py
"""

import json
import os
import pathlib
import zlib

# Keras's layer normalization fails on its torch backend unless the axes are the last ones.
os.environ['KERAS_BACKEND'] = 'tensorflow'
# A GPU or oneDNN would round differently.
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
# TensorFlow Addons, in keras_models.py, builds on Keras 2.
os.environ['TF_USE_LEGACY_KERAS'] = '1'

import keras
import keras_models
import make_onnx
import modules
import numpy as np
import tensorflow as tf
import tf_keras
import torch
import torch.nn.functional as F


def random(rng, shape, mean=0.0, std=1.0, decimals=3):
    # Few decimals keep the file small. Read as float32, they are the input on both sides.
    return rng.normal(mean, std, shape).round(decimals)


def single(array):
    return array.astype(np.float32)


def tensor(array):
    return torch.tensor(single(array), dtype=torch.float64, requires_grad=True)


def compact(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return [compact(v) for v in value.ravel().tolist()]
    if isinstance(value, (list, tuple)):
        return [compact(v) for v in value]
    if isinstance(value, dict):
        return {k: compact(v) for k, v in value.items()}
    if isinstance(value, float):
        # What is this small is zero but for rounding.
        value = float(f'{value:.9g}') if abs(value) > 1e-12 else 0.0
        return int(value) if value.is_integer() else value
    return value


def lines(cases):
    return ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases)


# PyTorch in float64.


def axes_of(x, axis):
    return sorted(a % x.ndim for a in (axis if isinstance(axis, list) else [axis]))


def over_last_axes(norm):
    def of(x, p, *, axis=-1, epsilon):
        axes = axes_of(x, axis)
        last = list(range(-len(axes), 0))
        moved = x.movedim(axes, last)
        return norm(moved, moved.shape[-len(axes) :], p, epsilon).movedim(last, axes)

    return of


def over_channels(norm):
    def of(x, p, *, axis=-1, epsilon, **config):
        return norm(x.movedim(axis, 1), p, epsilon, **config).movedim(1, axis)

    return of


def batch_norm_inference(x, p, epsilon):
    # The functions in torch.nn give no gradient with respect to the statistics.
    shape = [1, -1] + [1] * (x.ndim - 2)
    of_channel = {name: value.reshape(shape) for name, value in p.items()}
    y = (x - of_channel['mean']) / torch.sqrt(of_channel['variance'] + epsilon)
    return y * of_channel.get('gamma', 1.0) + of_channel.get('beta', 0.0)


def group_norm(x, p, epsilon, groups):
    # PyTorch's own gradient fails for a bias without a weight.
    gamma = p.get('gamma', torch.ones(x.shape[1], dtype=x.dtype))
    return torch.group_norm(x, groups, gamma, p.get('beta'), epsilon, False)


def lp_normalize(order):
    def of(x, p, *, axis=-1, epsilon):
        return F.normalize(x, order, axes_of(x, axis), epsilon)

    return of


# torch.nn.functional refuses one value a channel; the functions beneath it do not.
OPS = {
    'layerNorm': over_last_axes(
        lambda x, size, p, eps: F.layer_norm(x, size, p.get('gamma'), p.get('beta'), eps)
    ),
    'rmsNorm': over_last_axes(lambda x, size, p, eps: F.rms_norm(x, size, p.get('gamma'), eps)),
    'batchNorm': over_channels(
        lambda x, p, eps: torch.batch_norm(
            x, p.get('gamma'), p.get('beta'), None, None, True, 0.0, eps, False
        )
    ),
    'batchNormInference': over_channels(batch_norm_inference),
    'groupNorm': over_channels(group_norm),
    'instanceNorm': over_channels(
        lambda x, p, eps: torch.instance_norm(
            x, p.get('gamma'), p.get('beta'), None, None, True, 0.0, eps, False
        )
    ),
    'l1Normalize': lp_normalize(1),
    'l2Normalize': lp_normalize(2),
}
EPSILON = {'rmsNorm': 1e-6, 'l1Normalize': 1e-12, 'l2Normalize': 1e-12}
PARAMS = {
    'rmsNorm': ['gamma'],
    'l1Normalize': [],
    'l2Normalize': [],
    'batchNormInference': ['gamma', 'beta', 'mean', 'variance'],
}


def op_case(
    op,
    shape,
    config=None,
    *,
    without=(),
    mean=0.0,
    std=1.0,
    zero_row=None,
    zero_column=None,
    gradient=True,
    second=True,
    statistics=False,
):
    config = config or {}
    names = [name for name in PARAMS.get(op, ['gamma', 'beta']) if name not in without]
    name = f'{op} of [{", ".join(map(str, shape))}]'
    name += ''.join(f', {key} {value}' for key, value in config.items())
    name += ''.join(f', no {key}' for key in without)
    name += f', mean {mean:g}' if mean else ''
    name += f', std {std:g}' if std != 1 else ''
    name += f', row {zero_row} zero' if zero_row is not None else ''
    name += f', column {zero_column} zero' if zero_column is not None else ''
    name += ', gradient of the statistics too' if statistics else ''

    rng = np.random.default_rng(zlib.crc32(name.encode()))
    text = {'x': random(rng, shape, mean, std)}
    if zero_row is not None:
        text['x'][zero_row] = 0
    if zero_column is not None:
        text['x'][:, zero_column] = 0
    axes = axes_of(text['x'], config.get('axis', -1))
    param_shape = [shape[a] for a in axes]
    for param in names:
        text[param] = random(rng, param_shape, 1 if param == 'gamma' else 0, 0.5)
        if param == 'variance':
            text[param] = abs(text[param]) + 0.5
    leaves = {key: tensor(value) for key, value in text.items()}
    x, params = leaves['x'], {key: leaves[key] for key in names}

    y = OPS[op](x, params, **{'epsilon': EPSILON.get(op, 1e-3), **config})
    out = {'y': y}
    if op == 'batchNorm':
        others = [a for a in range(x.ndim) if a not in axes]
        out['variance'], out['mean'] = torch.var_mean(x, others, correction=0)
    if gradient:
        text |= {
            'd' + key: random(rng, out[key].shape, decimals=2)
            for key in (out if statistics else ['y'])
        }
        loss = sum(
            torch.sum(out[key] * tensor(text['d' + key])) for key in out if 'd' + key in text
        )
        gradients = torch.autograd.grad(loss, list(leaves.values()), create_graph=True)
        out |= {'d' + key: value for key, value in zip(leaves, gradients)}
    if gradient and second:
        text['v'] = random(rng, shape, decimals=2)
        wrt = [key for key in ('x', 'gamma') if key in leaves]
        seconds = torch.autograd.grad(
            torch.sum(out['dx'] * tensor(text['v'])), [leaves[key] for key in wrt]
        )
        out |= {'dd' + key: value for key, value in zip(wrt, seconds)}
    return compact(
        {
            'name': name,
            'op': op,
            'config': config,
            'shape': shape,
            'paramShape': param_shape,
            'in': text,
            'out': out,
        }
    )


def op_cases():
    # No group has two elements: there the gradient is all cancellation, beyond float32.
    yield op_case('layerNorm', [7])
    yield op_case('layerNorm', [1])
    yield op_case('layerNorm', [5, 1])
    yield op_case('layerNorm', [2, 3, 7])
    yield op_case('layerNorm', [3, 5], {'axis': 0})
    yield op_case('layerNorm', [2, 5, 1, 3], {'axis': 1})
    yield op_case('layerNorm', [2, 3, 5, 2], {'axis': [1, 2]})
    yield op_case('layerNorm', [2, 3, 2, 5], {'axis': [1, 3]})
    yield op_case('layerNorm', [3, 4, 5], {'axis': [-1, -2]})
    yield op_case('layerNorm', [3, 5, 2], {'axis': [2, 0]})
    yield op_case('layerNorm', [2, 3, 2, 3], {'axis': [0, 1, 2, 3]})
    yield op_case('layerNorm', [2, 2, 3, 1, 5])
    yield op_case('layerNorm', [2, 1, 3, 2, 2, 3], {'axis': [2, 5]})
    yield op_case('layerNorm', [4, 11], {'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('layerNorm', [4, 11], {'epsilon': 0.1}, without=['beta'])
    yield op_case('layerNorm', [2, 3, 7], {'axis': [1]}, without=['gamma'])
    yield op_case('layerNorm', [4, 13], zero_row=2)
    yield op_case('layerNorm', [4, 13], {'epsilon': 1e-6}, std=1e3)
    yield op_case('layerNorm', [3, 67], mean=1e4)
    yield op_case('layerNorm', [1, 131], mean=-1e5)
    yield op_case('layerNorm', [2, 19, 3], {'axis': 1}, mean=1e5)
    yield op_case('layerNorm', [2, 3, 2, 7], {'axis': [1, 3]}, mean=1e4)

    yield op_case('batchNorm', [5, 3])
    yield op_case('batchNorm', [7, 1])
    yield op_case('batchNorm', [1, 3])
    yield op_case('batchNorm', [3, 5, 2])
    yield op_case('batchNorm', [3, 2, 5], {'axis': 1})
    yield op_case('batchNorm', [2, 3, 3, 5])
    yield op_case('batchNorm', [2, 5, 3, 3], {'axis': 1})
    yield op_case('batchNorm', [3, 2, 5, 2], {'axis': 2})
    yield op_case('batchNorm', [5, 7], {'axis': 0})
    yield op_case('batchNorm', [2, 3, 3, 1])
    yield op_case('batchNorm', [2, 2, 3, 2, 3])
    yield op_case('batchNorm', [2, 3, 2, 3, 2], {'axis': 1})
    yield op_case('batchNorm', [2, 1, 3, 2, 2, 3])
    yield op_case('batchNorm', [2, 3, 1, 2, 3, 2], {'axis': -5})
    yield op_case('batchNorm', [7, 5], {'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('batchNorm', [7, 5], without=['gamma'])
    yield op_case('batchNorm', [3, 5, 3], {'axis': 1}, without=['beta'])
    yield op_case('batchNorm', [7, 5], zero_column=2)
    yield op_case('batchNorm', [7, 3], statistics=True)
    yield op_case('batchNorm', [2, 3, 2, 5], {'axis': 1}, statistics=True)
    yield op_case('batchNorm', [67, 3], mean=1e4)
    yield op_case('batchNorm', [2, 5, 5, 3], mean=1e5)
    yield op_case('batchNorm', [2, 3, 5, 5], {'axis': 1}, mean=-1e5)

    yield op_case('batchNormInference', [5, 3], second=False)
    yield op_case('batchNormInference', [3, 2, 5], {'axis': 1}, second=False)
    yield op_case('batchNormInference', [2, 3, 3, 5], {'epsilon': 1e-5}, second=False)
    yield op_case('batchNormInference', [2, 5, 3, 3], {'axis': 1}, second=False)
    yield op_case('batchNormInference', [2, 2, 3, 2, 3], without=['gamma'], second=False)
    yield op_case(
        'batchNormInference', [2, 3, 1, 2, 3, 2], {'axis': 1}, without=['beta'], second=False
    )
    yield op_case('batchNormInference', [1, 7], without=['gamma', 'beta'], second=False)

    yield op_case('groupNorm', [2, 3, 2, 8], {'groups': 4})
    yield op_case('groupNorm', [2, 6, 3, 2], {'groups': 2, 'axis': 1})
    yield op_case('groupNorm', [3, 6], {'groups': 2})
    yield op_case('groupNorm', [3, 6], {'groups': 6})
    yield op_case('groupNorm', [2, 5, 6], {'groups': 1})
    yield op_case('groupNorm', [2, 5, 6], {'groups': 6})
    yield op_case('groupNorm', [1, 3, 32], {'groups': 32})
    yield op_case('groupNorm', [2, 3, 2, 5], {'groups': 2, 'axis': 2})
    yield op_case('groupNorm', [2, 1, 3, 2, 6], {'groups': 3})
    yield op_case('groupNorm', [1, 6, 2, 1, 2, 3], {'groups': 3, 'axis': 1})
    yield op_case('groupNorm', [2, 7, 4], {'groups': 2, 'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('groupNorm', [2, 7, 4], {'groups': 2}, without=['gamma'])
    yield op_case('groupNorm', [2, 4, 7], {'groups': 2, 'axis': 1}, without=['beta'])
    yield op_case('groupNorm', [2, 5, 3, 4], {'groups': 2}, mean=1e4)
    yield op_case('groupNorm', [1, 4, 5, 5], {'groups': 2, 'axis': 1}, mean=1e5)

    yield op_case('instanceNorm', [2, 7, 3])
    yield op_case('instanceNorm', [2, 3, 7], {'axis': 1})
    yield op_case('instanceNorm', [2, 3, 3, 5])
    yield op_case('instanceNorm', [2, 5, 3, 3], {'axis': 1})
    yield op_case('instanceNorm', [2, 3, 2, 5], {'axis': 2})
    yield op_case('instanceNorm', [3, 1, 5])
    yield op_case('instanceNorm', [2, 2, 3, 2, 3])
    yield op_case('instanceNorm', [2, 3, 2, 1, 2, 3], {'axis': 1})
    yield op_case('instanceNorm', [2, 7, 3], {'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('instanceNorm', [2, 7, 3], without=['gamma'])
    yield op_case('instanceNorm', [2, 5, 3, 3], mean=1e4)
    yield op_case('instanceNorm', [1, 2, 67], {'axis': 1}, mean=1e5)

    yield op_case('rmsNorm', [7])
    yield op_case('rmsNorm', [2, 3, 7])
    yield op_case('rmsNorm', [5, 7], {'axis': 0})
    yield op_case('rmsNorm', [2, 5, 1, 3], {'axis': 1})
    yield op_case('rmsNorm', [2, 3, 2, 5], {'axis': [1, 3]})
    yield op_case('rmsNorm', [3, 4, 5], {'axis': [2, 1]})
    yield op_case('rmsNorm', [2, 2, 3, 1, 5], {'axis': [-3, -1]})
    yield op_case('rmsNorm', [2, 1, 3, 2, 2, 3])
    yield op_case('rmsNorm', [4, 11], {'epsilon': 1e-3}, without=['gamma'])
    yield op_case('rmsNorm', [4, 11], zero_column=3)
    yield op_case('rmsNorm', [2, 67], mean=1e4)

    for op in ('l1Normalize', 'l2Normalize'):
        yield op_case(op, [7])
        yield op_case(op, [2, 3, 7])
        yield op_case(op, [5, 7], {'axis': 0})
        yield op_case(op, [2, 5, 1, 3], {'axis': 1})
        yield op_case(op, [2, 3, 2, 5], {'axis': [1, 3]})
        yield op_case(op, [2, 3, 1, 5, 2], {'axis': [3, 1]})
        yield op_case(op, [2, 1, 3, 2, 2, 3], {'axis': [-1, -2]})
        yield op_case(op, [4, 11], zero_column=3)
        yield op_case(op, [4, 11], {'epsilon': 50.0}, second=False)
        # At the zero vector PyTorch's gradient is dy / epsilon; ours is zero.
        yield op_case(op, [4, 11], zero_row=1, gradient=False)


# Keras in float32, version 3 and version 2.


def layer_case(name, layer, shape, *, training=(None,)):
    version = 2 if isinstance(layer, tf_keras.layers.Layer) else 3
    name = f'Keras {version} {type(layer).__name__} of [{", ".join(map(str, shape))}], {name}'
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    layer.build(shape)
    weights = []
    for weight in layer.weights:
        values = random(rng, weight.shape, 0, 0.5)
        if 'moving_variance' in weight.name:
            values = abs(values) + 0.5
        weights.append({'name': weight.name, 'shape': list(weight.shape), 'values': values})
    layer.set_weights([single(weight['values']) for weight in weights])

    steps = []
    for step in training:
        x = random(rng, shape, 1, 2)
        dy = random(rng, shape, decimals=2)
        leaf = tf.constant(single(x))
        with tf.GradientTape() as tape:
            tape.watch(leaf)
            # Only batch normalization takes `training`.
            y = layer(leaf) if step is None else layer(leaf, training=step)
        # Keras 3 wraps TensorFlow's variables.
        variables = [w if version == 2 else w.value for w in layer.trainable_weights]
        dx, *dweights = tape.gradient(y, [leaf, *variables], tf.constant(single(dy)))
        steps.append(
            {
                'training': bool(step),
                'x': x,
                'dy': dy,
                'y': y.numpy(),
                'dx': dx.numpy(),
                'dweights': [gradient.numpy() for gradient in dweights],
            }
        )
    return compact(
        {
            'name': name,
            'className': type(layer).__name__,
            'config': layer.get_config(),
            'shape': shape,
            'weights': weights,
            'steps': steps,
            'after': [weight.numpy() for weight in layer.weights],
        }
    )


def layer_cases():
    BN = keras.layers.BatchNormalization
    yield layer_case('training', BN(), [5, 3], training=[True])
    yield layer_case('training, channels last', BN(), [2, 3, 3, 5], training=[True])
    yield layer_case('training, channels first', BN(axis=1), [2, 5, 3, 3], training=[True])
    yield layer_case(
        'two training steps and inference',
        BN(momentum=0.9, epsilon=1e-5),
        [3, 5, 2],
        training=[True, True, False],
    )
    yield layer_case('inference', BN(), [2, 3, 3, 5], training=[False])
    yield layer_case('inference, channels first', BN(axis=1), [2, 5, 3, 3], training=[False])
    yield layer_case('scale off', BN(scale=False), [7, 5], training=[True, False])
    yield layer_case('center off', BN(center=False), [7, 5], training=[True, False])
    yield layer_case(
        'scale and center off', BN(scale=False, center=False), [2, 5, 7], training=[True, False]
    )
    yield layer_case('frozen', BN(trainable=False), [7, 5], training=[True])
    yield layer_case('axis 2', BN(axis=2), [2, 3, 5, 2], training=[True, False])
    yield layer_case('axis -2', BN(axis=-2), [1, 7, 3, 1], training=[True, False])
    yield layer_case('one feature', BN(), [13, 1], training=[True, False])
    yield layer_case('one position', BN(axis=1), [7, 3, 1, 1], training=[True, False])
    yield layer_case('momentum 0', BN(momentum=0.0), [11, 3], training=[True, True, False])
    yield layer_case('momentum 1', BN(momentum=1.0), [11, 3], training=[True, False])
    yield layer_case('momentum 0.5', BN(momentum=0.5), [2, 2, 3, 2, 3], training=[True, False])
    BN = tf_keras.layers.BatchNormalization
    yield layer_case('training and inference', BN(momentum=0.9), [7, 5], training=[True, False])
    # On four axes Keras 2 averages the unbiased variance, Keras 3 and we the biased one.
    yield layer_case('inference', BN(), [2, 3, 3, 5], training=[False])
    yield layer_case(
        'axis 1, scale off', BN(axis=1, scale=False), [3, 5, 2], training=[True, False]
    )

    LN = keras.layers.LayerNormalization
    yield layer_case('defaults', LN(), [2, 3, 7])
    yield layer_case('axis 1', LN(axis=1), [2, 5, 3])
    yield layer_case('axes 1 and 2', LN(axis=[1, 2]), [2, 3, 2, 5])
    yield layer_case('axes 3 and 1', LN(axis=[3, 1]), [2, 3, 2, 5])
    yield layer_case('axis -2', LN(axis=-2), [2, 5, 3])
    yield layer_case('axes 1, 2, 3 of a prime size', LN(axis=[1, 2, 3]), [3, 1, 7, 11])
    yield layer_case('all axes but the first, rank 6', LN(axis=[1, 2, 3, 4, 5]), [2, 1, 3, 2, 1, 2])
    yield layer_case('one feature', LN(), [3, 5, 1])
    yield layer_case('a long row', LN(), [2, 257])
    yield layer_case('epsilon 1e-5', LN(epsilon=1e-5), [4, 11])
    yield layer_case('epsilon 0.1', LN(epsilon=0.1), [4, 11])
    yield layer_case('scale off', LN(scale=False), [4, 11])
    yield layer_case('center off', LN(center=False), [4, 11])
    yield layer_case('scale and center off', LN(scale=False, center=False), [2, 2, 3, 2, 5])
    LN = tf_keras.layers.LayerNormalization
    yield layer_case('defaults', LN(), [2, 3, 7])
    yield layer_case('axes 1 and 2', LN(axis=[1, 2], epsilon=1e-5), [2, 3, 5])
    yield layer_case('axis 1, center off', LN(axis=1, center=False), [2, 5, 3])

    GN = keras.layers.GroupNormalization
    yield layer_case('groups 2', GN(groups=2), [2, 3, 3, 4])
    yield layer_case('groups 2, axis 1', GN(groups=2, axis=1), [2, 4, 3, 3])
    yield layer_case('groups 2, axis 2', GN(groups=2, axis=2), [2, 3, 4, 5])
    yield layer_case('groups 3, axis -2', GN(groups=3, axis=-2), [2, 5, 6, 1])
    yield layer_case('as many groups as channels', GN(groups=7), [1, 11, 7])
    yield layer_case('groups -1', GN(groups=-1), [2, 3, 3, 5])
    yield layer_case('groups -1, axis 1', GN(groups=-1, axis=1), [2, 5, 7])
    yield layer_case('groups 1', GN(groups=1, epsilon=1e-5), [2, 7, 3])
    yield layer_case('groups 1, axis 1', GN(groups=1, axis=1), [2, 3, 7])
    yield layer_case('defaults', GN(), [1, 3, 32])
    yield layer_case('scale off', GN(groups=3, scale=False), [2, 5, 6])
    yield layer_case('center off', GN(groups=3, center=False), [2, 5, 6])
    yield layer_case('scale and center off', GN(groups=3, scale=False, center=False), [4, 9])
    GN = tf_keras.layers.GroupNormalization
    yield layer_case('groups 2', GN(groups=2), [2, 3, 3, 4])
    yield layer_case('groups -1, axis 1', GN(groups=-1, axis=1), [2, 5, 7])

    RMS = keras.layers.RMSNormalization
    yield layer_case('defaults', RMS(), [2, 3, 7])
    # Other axes than the last ones fail in Keras.
    yield layer_case('axes 1 and 2', RMS(axis=[1, 2]), [2, 4, 5])
    yield layer_case('epsilon 1e-3', RMS(epsilon=1e-3), [4, 11])
    yield layer_case('axes -2 and -1', RMS(axis=[-2, -1]), [3, 5, 7])
    yield layer_case('three features', RMS(), [5, 3])

    Unit = keras.layers.UnitNormalization
    yield layer_case('defaults', Unit(), [2, 3, 7])
    yield layer_case('axis 1', Unit(axis=1), [2, 5, 3])
    yield layer_case('axes 1 and 2', Unit(axis=[1, 2]), [2, 3, 2, 5])
    Unit = tf_keras.layers.UnitNormalization
    yield layer_case('defaults', Unit(), [2, 3, 7])


def main():
    versions = {
        'torch': torch.__version__.split('+')[0],
        'keras': keras.__version__,
        'tf_keras': tf_keras.__version__,
        **keras_models.versions(),
        **modules.versions(),
    }
    folder = pathlib.Path(__file__).parent
    (folder / 'golden.json').write_text(
        f'{{"versions":{json.dumps(versions)},\n"ops":[\n{lines(op_cases())}\n],\n'
        f'"layers":[\n{lines(layer_cases())}\n]}}\n'
    )
    models = (compact(case) for case in keras_models.model_cases())
    (folder / 'models.json').write_text(f'[\n{lines(models)}\n]\n')
    taken = (compact(case) for case in modules.module_cases())
    (folder / 'modules.json').write_text(f'[\n{lines(taken)}\n]\n')
    (folder / 'onnx.json').write_text(make_onnx.text())


if __name__ == '__main__':
    main()
