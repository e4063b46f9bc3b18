"""Training steps of the layers of Keras 3, Keras 2 and TensorFlow Addons."""

import functools
import zlib

import keras
import keras_models
import numpy as np
import tensorflow as tf
import tf_keras
from arrays import random, single

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


def case(name, layer, shape, *, training=(None,), mask=None, vocabulary=None):
    """`training`: of each step. Where it is true, the weights then learn; always if it never is."""
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
            # Keras 3's wrapper makes an output of integers from integers.
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
        if step or not any(training):
            for weight, gradient in zip(trainable, found):
                weight.assign(weight - LEARNING_RATE * gradient)
    return {
        'name': name,
        'className': type(layer).__name__,
        'config': layer.get_config(),
        'shape': shape,
        'integers': vocabulary is not None,
        'weights': weights,
        'steps': steps,
        'after': [numbers(weight) for weight in layer.weights],
    }


def steps_mask(shape, least=1):
    """Sequences of different lengths."""

    def of(rng):
        lengths = rng.integers(least, shape[1] + 1, shape[0])
        return np.arange(shape[1])[None] < lengths[:, None]

    return of


ONE, TWO = [True], [True, True]
# The last step is inference.
TESTED, TWO_TESTED = [True, False], [True, True, False]


def layer_cases():
    BN = keras.layers.BatchNormalization
    yield case('training, channels last', BN(), [2, 3, 3, 5], training=ONE)
    momentum = BN(momentum=0.9, epsilon=1e-5)
    yield case('two training steps and inference', momentum, [3, 5, 2], training=TWO_TESTED)
    yield case('inference, channels first', BN(axis=1), [2, 5, 3, 3], training=[False])
    yield case('scale off', BN(scale=False), [7, 5], training=TESTED)
    yield case('center off', BN(center=False), [7, 5], training=TESTED)
    yield case('scale and center off', BN(scale=False, center=False), [2, 5, 7], training=TESTED)
    yield case('frozen', BN(trainable=False), [7, 5], training=ONE)
    yield case('axis -2', BN(axis=-2), [1, 7, 3, 1], training=TESTED)
    yield case('one position', BN(axis=1), [7, 3, 1, 1], training=TESTED)
    yield case('momentum 0', BN(momentum=0.0), [11, 3], training=TWO_TESTED)
    mask = steps_mask([4, 5])
    yield case('mask', BN(momentum=0.9), [4, 5, 3], training=TESTED, mask=mask)
    mask, half = lambda rng: rng.random((3, 4, 2)) < 0.6, BN(momentum=0.5, scale=False)
    yield case('mask of two axes', half, [3, 4, 2, 3], training=ONE, mask=mask)
    mask = steps_mask([4, 5], 5)
    yield case('mask, axis 1', BN(axis=1), [4, 5, 3], training=ONE, mask=mask)
    mask = lambda rng: np.zeros((3, 2), bool)
    yield case('all masked', BN(momentum=0.5), [3, 2, 4], training=ONE, mask=mask)
    yield case('renorm', BN(renorm=True), [5, 3], training=TWO_TESTED)
    config = {'axis': 1, 'renorm': True, 'scale': False, 'renorm_clipping': {'dmax': 1.0}}
    yield case('renorm, axis 1, scale off', BN(**config), [3, 4, 2, 2], training=TWO)
    config = {'renorm': True, 'center': False, 'renorm_momentum': 0.5}
    mask = steps_mask([3, 4])
    yield case('renorm, center off, masked', BN(**config), [3, 4, 5], training=TWO, mask=mask)
    for BN in (BN, tf_keras.layers.BatchNormalization):
        clipping = {'rmax': 1.5, 'rmin': 0.7, 'dmax': 0.4}
        layer = BN(renorm=True, renorm_clipping=clipping, renorm_momentum=0.6, momentum=0.8)
        yield case('renorm, clipped', layer, [3, 4, 5], training=TWO_TESTED)
    # On four axes Keras 2 averages the unbiased variance, Keras 3 and we the biased one.
    yield case('training and inference', BN(momentum=0.9), [7, 5], training=TESTED)
    yield case('axis 1, scale off', BN(axis=1, scale=False), [3, 5, 2], training=TESTED)

    LN = keras.layers.LayerNormalization
    yield case('defaults', LN(), [2, 3, 7])
    yield case('axis -2', LN(axis=-2), [2, 5, 3])
    yield case('axes 3 and 1', LN(axis=[3, 1]), [2, 3, 2, 5])
    yield case('epsilon 1e-5', LN(epsilon=1e-5), [4, 11])
    yield case('scale off', LN(scale=False), [4, 11])
    yield case('center off', LN(center=False), [4, 11])
    yield case('scale and center off', LN(scale=False, center=False), [2, 2, 3, 2, 5])
    yield case('rms_scaling', LN(rms_scaling=True), [3, 7])
    config = {'rms_scaling': True, 'axis': [3, 1], 'center': False, 'scale': False}
    yield case('rms_scaling, axes 1 and 3', LN(**config), [2, 3, 2, 4])
    LN = tf_keras.layers.LayerNormalization
    yield case('axes 1 and 2', LN(axis=[1, 2], epsilon=1e-5), [2, 3, 5])

    GN = keras.layers.GroupNormalization
    yield case('groups 2, axis 1', GN(groups=2, axis=1), [2, 4, 3, 3])
    yield case('groups 3, axis -2', GN(groups=3, axis=-2), [2, 5, 6, 1])
    yield case('groups -1', GN(groups=-1), [2, 3, 3, 5])
    yield case('groups 1', GN(groups=1, epsilon=1e-5), [2, 7, 3])
    yield case('defaults', GN(), [1, 3, 32])
    yield case('scale off', GN(groups=3, scale=False), [2, 5, 6])
    yield case('center off', GN(groups=3, center=False), [2, 5, 6])
    GN = tf_keras.layers.GroupNormalization
    yield case('groups 2', GN(groups=2), [2, 3, 3, 4])
    of_steps = steps_mask([2, 5])
    mask = lambda rng: np.broadcast_to(of_steps(rng)[..., None], (2, 5, 4)).astype('float32')
    yield case('mask of each element', GN(groups=2), [2, 5, 4], mask=mask)
    mask = lambda rng: single(abs(random(rng, [2, 6, 3, 2])) + 0.1)
    yield case('weights, axis 1', GN(groups=3, axis=1), [2, 6, 3, 2], mask=mask)

    RMS, Unit = keras.layers.RMSNormalization, keras.layers.UnitNormalization
    yield case('defaults', RMS(), [2, 3, 7])
    # Other axes than the last ones fail in Keras.
    yield case('axes 1 and 2', RMS(axis=[1, 2], epsilon=1e-3), [2, 4, 5])
    yield case('defaults', Unit(), [2, 3, 7])
    yield case('axes 1 and 2', Unit(axis=[1, 2]), [2, 3, 2, 5])

    for K in (keras.layers, tf_keras.layers):
        SN = K.SpectralNormalization
        yield case('Dense', SN(K.Dense(3, activation='tanh')), [4, 5], training=TWO_TESTED)
        conv = SN(K.Conv2D(3, 2), power_iterations=3)
        yield case('Conv2D, 3 iterations', conv, [2, 3, 3, 2], training=TWO_TESTED)
        yield case('Conv1D', SN(K.Conv1D(4, 2, use_bias=False)), [2, 5, 3], training=ONE)
        yield case('Conv3D', SN(K.Conv3D(2, 2)), [1, 2, 3, 2, 2], training=ONE)
        yield case('Conv2DTranspose', SN(K.Conv2DTranspose(3, 2)), [1, 2, 2, 2], training=ONE)
        yield case('Embedding', SN(K.Embedding(6, 3)), [4], training=TESTED, vocabulary=6)
    SN, K = keras.layers.SpectralNormalization, keras.layers
    conv = SN(K.DepthwiseConv2D(2, depth_multiplier=2))
    yield case('DepthwiseConv2D', conv, [1, 3, 3, 2], training=ONE)

    K = tf_keras.layers
    WN = functools.partial(ADDONS.WeightNormalization, data_init=False)
    twice = [None, None]
    yield case('Dense', WN(K.Dense(3, activation='tanh')), [4, 5], training=twice)
    yield case('Conv2D', WN(K.Conv2D(3, 2)), [2, 3, 3, 2], training=twice)
    conv = WN(K.Conv1D(2, 2, use_bias=False))
    yield case('Conv1D without bias', conv, [2, 4, 3], training=twice)
    yield case('Conv2DTranspose', WN(K.Conv2DTranspose(3, 2)), [1, 2, 2, 2], training=twice)
    yield case('SimpleRNN', WN(K.SimpleRNN(3)), [2, 4, 2], training=twice)

    FRN, TLU = ADDONS.FilterResponseNormalization, ADDONS.TLU
    yield case('defaults', FRN(), [2, 3, 4, 3], training=twice)
    yield case('learned epsilon', FRN(learned_epsilon=True), [2, 3, 2, 3], training=twice)
    yield case('defaults', TLU(), [2, 3, 2], training=twice)
    yield case('affine', TLU(affine=True), [2, 3, 2], training=twice)


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
    return {
        'name': name,
        'config': layer.get_config(),
        'shape': shape,
        'batches': [{'shape': list(d.shape), 'values': d} for d in data],
        'weights': weights,
        'x': x,
        'y': y.numpy(),
    }


def normalization_cases():
    case = normalization_case
    yield case('defaults', [2, 3], [5, 2, 4])
    yield case('invert', [2, 3], [5, 2], invert=True)
    yield case('axis None', [2, 3, 2], [4, 1], axis=None)
    yield case('axes 1 and 2', [2, 3, 2], [4, 3, 1], axis=(2, 1))
    yield case('axis 1', [2, 3, 4, 2], [3, 2], axis=1)
    yield case('not adapted', [2, 3], [])
    yield case('given', [2, 3], [], mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 0.25])
    yield case('given scalars, inverted', [2, 3], [], mean=1.5, variance=4.0, invert=True)
    some = {'axis': (1, 2), 'mean': [1.0, 2.0], 'variance': [1.0, 0.0]}
    yield case('one given for the last of two axes', [2, 3, 2], [], **some)
