"""Modules of PyTorch and Flax with their weights, whose values our layers take over."""

import importlib.metadata
import zlib

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import torch


def values(array):
    array = np.asarray(array)
    return {'shape': list(array.shape), 'values': array}


def random(rng, name, shape):
    array = rng.normal(0, 0.5, shape).round(3).astype('float32')
    return abs(array) + np.float32(0.5) if name.endswith('var') else array


def case(framework, module, layer, args, state, x, y, after=None):
    return {
        'name': f'{framework} {module} as {layer} {args}',
        'layer': layer,
        'args': args,
        'state': {name: values(array) for name, array in state.items()},
        'x': values(x),
        'y': values(y),
        # The state after a step of training.
        **({} if after is None else {'after': {n: values(a) for n, a in after.items()}}),
    }


def torch_case(module, layer, args, shape):
    name = type(module).__name__
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    state = {
        key: random(rng, key, tuple(value.shape))
        for key, value in module.state_dict().items()
        if key != 'num_batches_tracked'
    }
    module.load_state_dict({k: torch.tensor(v) for k, v in state.items()}, strict=False)
    x = rng.normal(1, 2, shape).round(3).astype('float32')
    after = None
    y = module.eval()(torch.tensor(x)).detach().numpy()
    if 'running_mean' in state:
        module.train()(torch.tensor(x))
        kept = module.state_dict()
        after = {key: kept[key].numpy() for key in ('running_mean', 'running_var')}
    return case('PyTorch', name, layer, args, state, x, y, after)


def flax_case(module, layer, args, shape):
    name = type(module).__name__
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    x = rng.normal(1, 2, shape).round(3).astype('float32')
    variables = module.init(jax.random.PRNGKey(0), jnp.asarray(x))
    state = {
        key: random(rng, key, value.shape)
        for collection in variables.values()
        for key, value in collection.items()
    }
    filled = {
        collection: {key: state[key] for key in of} for collection, of in variables.items()
    }
    y = module.apply(filled, jnp.asarray(x))
    return case('Flax', name, layer, args, state, x, y)


def module_cases():
    first = {'axis': 1, 'epsilon': 1e-5}
    batch = {**first, 'momentum': 0.9}
    yield torch_case(torch.nn.BatchNorm1d(3), 'batchNormalization', batch, (5, 3, 4))
    yield torch_case(torch.nn.BatchNorm2d(3), 'batchNormalization', batch, (2, 3, 4, 5))
    yield torch_case(torch.nn.LayerNorm(7), 'layerNormalization', {'epsilon': 1e-5}, (3, 7))
    yield torch_case(torch.nn.GroupNorm(2, 4), 'groupNormalization', {'groups': 2, **first}, (2, 4, 3))
    instance = torch.nn.InstanceNorm2d(3, affine=True)
    yield torch_case(instance, 'instanceNormalization', first, (2, 3, 4, 5))
    rms = {'epsilon': 1.1920929e-7}
    yield torch_case(torch.nn.RMSNorm(7), 'rmsNormalization', rms, (3, 7))

    batch = {'momentum': 0.99, 'epsilon': 1e-5}
    module = nn.BatchNorm(use_running_average=True)
    yield flax_case(module, 'batchNormalization', batch, (2, 3, 4))
    yield flax_case(nn.LayerNorm(), 'layerNormalization', {'epsilon': 1e-6}, (3, 7))
    group = {'groups': 2, 'epsilon': 1e-6}
    yield flax_case(nn.GroupNorm(2), 'groupNormalization', group, (2, 3, 4))
    yield flax_case(nn.InstanceNorm(), 'instanceNormalization', {'epsilon': 1e-6}, (2, 5, 3))
    yield flax_case(nn.RMSNorm(), 'rmsNormalization', {'epsilon': 1e-6}, (3, 7))


def versions():
    return {name: importlib.metadata.version(name) for name in ('flax', 'jax')}
