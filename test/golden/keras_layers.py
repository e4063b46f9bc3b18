"""Training steps of the layers of Keras 3, Keras 2 and TensorFlow Addons."""

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


def layer_case(name, layer, shape, *, training=(None,), mask=None, vocabulary=None):
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
