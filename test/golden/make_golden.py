"""Writes what other frameworks compute, for our ops, layers and models to reproduce.

golden.json        ops
layer_golden.json  layers, from keras_layers.py
models.json        whole models, from keras_models.py
modules.json       modules of PyTorch and Flax, from modules.py
blocks.json        blocks of models, from make_blocks.py
onnx.json          ONNX's test cases, from make_onnx.py
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
import keras_layers
import keras_models
import make_blocks
import make_onnx
import modules
import numpy as np
import tf_keras
import torch
import torch.nn.functional as F
from arrays import lines, random, single


# PyTorch in float64.


def tensor(array):
    return torch.tensor(single(array), dtype=torch.float64, requires_grad=True)


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


def local_response_norm(x, p, *, epsilon, depthRadius, bias, alpha, beta):
    size = 2 * depthRadius + 1
    # PyTorch works along axis 1, with a mean of the squares in the place of their sum.
    flat = x.reshape([-1, x.shape[-1], 1])
    return F.local_response_norm(flat, size, alpha * size, beta, bias).reshape(x.shape)


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
    'localResponseNorm': local_response_norm,
}
EPSILON = {'rmsNorm': 1e-6, 'l1Normalize': 1e-12, 'l2Normalize': 1e-12}
PARAMS = {
    'rmsNorm': ['gamma'],
    'l1Normalize': [],
    'l2Normalize': [],
    'localResponseNorm': [],
    'batchNormInference': ['gamma', 'beta', 'mean', 'variance'],
}


def op_case(op, shape, config=None, *, without=(), mean=0.0, std=1.0, zero=None, orders=2, statistics=False):
    """`zero`: a row or a column, as an index, of zeros; `orders`: of the gradients."""
    config = config or {}
    names = [name for name in PARAMS.get(op, ['gamma', 'beta']) if name not in without]
    name = f'{op} of [{", ".join(map(str, shape))}]'
    name += ''.join(f', {key} {value}' for key, value in config.items())
    name += ''.join(f', no {key}' for key in without)
    name += f', mean {mean:g}' if mean else ''
    name += f', std {std:g}' if std != 1 else ''
    name += f', {zero[0]} {zero[1]} zero' if zero else ''
    name += ', gradient of the statistics too' if statistics else ''

    rng = np.random.default_rng(zlib.crc32(name.encode()))
    text = {'x': random(rng, shape, mean, std)}
    if zero:
        text['x'][zero[1] if zero[0] == 'row' else (slice(None), zero[1])] = 0
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
    if orders > 0:
        wrt = list(out) if statistics else ['y']
        text |= {'d' + key: random(rng, out[key].shape, decimals=2) for key in wrt}
        loss = sum(torch.sum(out[key] * tensor(text['d' + key])) for key in wrt)
        gradients = torch.autograd.grad(loss, list(leaves.values()), create_graph=True)
        out |= {'d' + key: value for key, value in zip(leaves, gradients)}
    if orders > 1:
        text['v'] = random(rng, shape, decimals=2)
        wrt = [key for key in ('x', 'gamma') if key in leaves]
        along = torch.sum(out['dx'] * tensor(text['v']))
        seconds = torch.autograd.grad(along, [leaves[key] for key in wrt])
        out |= {'dd' + key: value for key, value in zip(wrt, seconds)}
    about = {'name': name, 'op': op, 'config': config, 'shape': shape, 'paramShape': param_shape}
    return {**about, 'in': text, 'out': out}


def op_cases():
    # Other shapes and larger means are compared with float64 (norm_cases.ts, cases/numerics.ts). No
    # group has two elements: there the gradient is all cancellation, beyond float32.
    yield op_case('layerNorm', [1])
    yield op_case('layerNorm', [2, 3, 7])
    yield op_case('layerNorm', [3, 5], {'axis': 0})
    yield op_case('layerNorm', [2, 3, 2, 5], {'axis': [1, 3]})
    yield op_case('layerNorm', [3, 4, 5], {'axis': [-1, -2]})
    yield op_case('layerNorm', [2, 1, 3, 2, 2, 3], {'axis': [2, 5]})
    yield op_case('layerNorm', [4, 11], {'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('layerNorm', [4, 11], {'epsilon': 0.1}, without=['beta'])
    yield op_case('layerNorm', [2, 3, 7], {'axis': [1]}, without=['gamma'])
    yield op_case('layerNorm', [4, 13], zero=('row', 2))
    yield op_case('layerNorm', [3, 67], mean=1e4)

    yield op_case('batchNorm', [1, 3])
    yield op_case('batchNorm', [2, 3, 3, 5])
    yield op_case('batchNorm', [2, 5, 3, 3], {'axis': 1})
    yield op_case('batchNorm', [5, 7], {'axis': 0})
    yield op_case('batchNorm', [2, 3, 1, 2, 3, 2], {'axis': -5})
    yield op_case('batchNorm', [7, 5], {'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('batchNorm', [7, 5], without=['gamma'])
    yield op_case('batchNorm', [3, 5, 3], {'axis': 1}, without=['beta'])
    yield op_case('batchNorm', [7, 5], zero=('column', 2))
    yield op_case('batchNorm', [2, 3, 2, 5], {'axis': 1}, statistics=True)
    yield op_case('batchNorm', [67, 3], mean=1e4)

    yield op_case('batchNormInference', [2, 3, 3, 5], {'epsilon': 1e-5}, orders=1)
    yield op_case('batchNormInference', [2, 5, 3, 3], {'axis': 1}, orders=1)
    yield op_case('batchNormInference', [2, 2, 3, 2, 3], without=['gamma'], orders=1)
    yield op_case('batchNormInference', [1, 7], without=['gamma', 'beta'], orders=1)

    yield op_case('groupNorm', [2, 3, 2, 8], {'groups': 4})
    yield op_case('groupNorm', [2, 6, 3, 2], {'groups': 2, 'axis': 1})
    yield op_case('groupNorm', [3, 6], {'groups': 2})
    yield op_case('groupNorm', [2, 5, 6], {'groups': 1})
    yield op_case('groupNorm', [2, 5, 6], {'groups': 6})
    yield op_case('groupNorm', [2, 3, 2, 5], {'groups': 2, 'axis': 2})
    yield op_case('groupNorm', [2, 7, 4], {'groups': 2, 'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('groupNorm', [2, 7, 4], {'groups': 2}, without=['gamma'])
    yield op_case('groupNorm', [2, 5, 3, 4], {'groups': 2}, mean=1e4)

    yield op_case('instanceNorm', [2, 3, 3, 5])
    yield op_case('instanceNorm', [2, 5, 3, 3], {'axis': 1})
    yield op_case('instanceNorm', [2, 3, 2, 5], {'axis': 2})
    yield op_case('instanceNorm', [3, 1, 5])
    yield op_case('instanceNorm', [2, 7, 3], {'epsilon': 1e-5}, without=['gamma', 'beta'])
    yield op_case('instanceNorm', [2, 7, 3], without=['gamma'])

    yield op_case('rmsNorm', [2, 3, 7])
    yield op_case('rmsNorm', [2, 5, 1, 3], {'axis': 1})
    yield op_case('rmsNorm', [2, 3, 2, 5], {'axis': [1, 3]})
    yield op_case('rmsNorm', [4, 11], {'epsilon': 1e-3}, without=['gamma'])
    yield op_case('rmsNorm', [4, 11], zero=('column', 3))

    for op in ('l1Normalize', 'l2Normalize'):
        yield op_case(op, [2, 3, 7])
        yield op_case(op, [5, 7], {'axis': 0})
        yield op_case(op, [2, 3, 1, 5, 2], {'axis': [3, 1]})
        yield op_case(op, [4, 11], zero=('column', 3))
        yield op_case(op, [4, 11], {'epsilon': 50.0}, orders=1)
        # At the zero vector PyTorch's gradient is dy / epsilon; ours is zero.
        yield op_case(op, [4, 11], zero=('row', 1), orders=0)

    for shape, *config in (
        ([2, 2, 2, 6], 2, 2.0, 0.3, 0.75),
        ([5], 0, 0.5, 1.0, 0.5),
        ([1, 2, 1, 2, 4], 1, 1.0, 2.0, 2.5),
    ):
        names = ('depthRadius', 'bias', 'alpha', 'beta')
        yield op_case('localResponseNorm', shape, dict(zip(names, config)))


def main():
    versions = {
        'torch': torch.__version__.split('+')[0],
        'keras': keras.__version__,
        'tf_keras': tf_keras.__version__,
        **keras_models.versions(),
        **modules.versions(),
    }
    files = {
        'golden': {'ops': op_cases()},
        'layer_golden': {
            'layers': keras_layers.layer_cases(),
            'normalization': keras_layers.normalization_cases(),
        },
        'models': keras_models.model_cases(),
        'modules': modules.module_cases(),
    }
    folder = pathlib.Path(__file__).parent
    for name, content in files.items():
        (folder / f'{name}.json').write_text(text(content, versions))
    (folder / 'blocks.json').write_text(make_blocks.text())
    (folder / 'onnx.json').write_text(make_onnx.text())


def text(content, versions):
    """A case a line; cases in sections stand behind the versions that made them."""
    if not isinstance(content, dict):
        return f'[\n{lines(content)}\n]\n'
    sections = ',\n'.join(f'"{name}":[\n{lines(cases)}\n]' for name, cases in content.items())
    return f'{{"versions":{json.dumps(versions)},\n{sections}}}\n'


if __name__ == '__main__':
    main()
