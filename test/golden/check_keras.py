"""Runs Keras 3's layers anew on what the golden files give them, and compares what they compute.

On JAX, which installs faster than TensorFlow: outputs, gradients, and the weights afterwards.
`--sample` takes every fourth case.
"""

import json
import os
import pathlib
import sys

os.environ['KERAS_BACKEND'] = 'jax'
os.environ['JAX_PLATFORMS'] = 'cpu'

import jax
import keras
import numpy as np

LEARNING_RATE = 0.1
# Float32 on both sides, in another order than TensorFlow's.
TOLERANCE = 1e-5


def array(values, shape):
    return np.array(values, 'float32').reshape(shape)


def error(actual, expected):
    """Relative to 1 more than the largest: some gradients are all cancellation."""
    expected = np.asarray(expected, 'float32').ravel()
    return np.abs(np.asarray(actual).ravel() - expected).max() / (1 + np.abs(expected).max())


def layer_of(class_name, config):
    about = {'module': 'keras.layers', 'registered_name': None, 'config': config}
    return keras.layers.deserialize({'class_name': class_name, **about})


def values_of(variables):
    return [variable.value for variable in variables]


def run(layer, case, step):
    """The output, the gradient of x, and those of the trainable weights; the layer learns."""
    x, arguments = array(step['x'], case['shape']), {}
    if case['className'] in ('BatchNormalization', 'SpectralNormalization'):
        arguments['training'] = step['training']
    if 'mask' in step:
        arguments['mask'] = array(step['mask']['values'], step['mask']['shape']).astype(bool)
    others = values_of(layer.non_trainable_variables)
    y = layer(x, **arguments)
    if case['className'] == 'SpectralNormalization':
        # Its gradient is that of the kernel which it has assigned.
        others, arguments = values_of(layer.non_trainable_variables), {'training': False}

    def call(x, trainable):
        return layer.stateless_call(trainable, others, x, **arguments)[0]

    _, gradients = jax.vjp(call, x, values_of(layer.trainable_variables))
    return y, *gradients(array(step['dy'], y.shape).astype(y.dtype))


def trained(case):
    """Errors of what each step computes, then of the weights after the last."""
    layer = layer_of(case['className'], case['config'])
    layer.build(tuple(case['shape']))
    for weight, given in zip(layer.weights, case['weights'], strict=True):
        weight.assign(array(given['values'], given['shape']))
    always_learns = not any(step['training'] for step in case['steps'])
    for step in case['steps']:
        y, dx, dweights = run(layer, case, step)
        yield error(y, step['y'])
        if 'dx' in step:
            yield error(dx, step['dx'])
        expected = step['dweights'].values()
        for weight, found, given in zip(layer.trainable_weights, dweights, expected, strict=True):
            yield error(found, given)
            if step['training'] or always_learns:
                weight.assign(weight - LEARNING_RATE * found)
    yield from map(error, layer.weights, case['after'])


def adapted(case):
    layer = layer_of('Normalization', case['config'])
    if case['batches']:
        batches = [array(batch['values'], batch['shape']) for batch in case['batches']]
        layer.adapt(np.concatenate(batches))
    else:
        layer.build(tuple(case['shape']))
    for weight, given in zip(layer.weights, case['weights'], strict=True):
        yield error(weight, given['values'])
    yield error(layer(array(case['x'], case['shape'])), case['y'])


golden = json.loads(pathlib.Path(__file__).with_name('layer_golden.json').read_text())
checks = [(case['name'], trained(case)) for case in golden['layers']]
checks = [check for check in checks if check[0].startswith('Keras 3')]
checks += [(f'Keras 3 {case["name"]}', adapted(case)) for case in golden['normalization']]
checks = checks[::4] if '--sample' in sys.argv else checks
errors = {name: max(found) for name, found in checks}
worst = max(errors, key=errors.get)
print(f'{len(errors)} cases of Keras 3: at most {errors[worst]:.1e} apart, {worst}')
sys.exit(0 if errors[worst] <= TOLERANCE else 1)
