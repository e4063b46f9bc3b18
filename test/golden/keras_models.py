"""Whole models of Keras 3, Keras 2 and TensorFlow Addons: their files, inputs and outputs."""

import base64
import importlib.metadata
import pathlib
import sys
import types
import zlib

import keras
import numpy as np
import tf_keras

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / 'scripts'))
import keras_files


def addons():
    """The layers of TensorFlow Addons, which looks for Keras 2 where Keras 3 is by now."""
    engine = types.ModuleType('keras.src.engine')
    engine.keras_tensor = tf_keras.src.engine.keras_tensor
    sys.modules['keras.src.engine'] = engine
    from tensorflow_addons import layers

    return layers


def convolutional(k, momentum):
    L = k.layers
    return k.Sequential(
        [
            L.Input((6, 6, 3)),
            L.Conv2D(8, 3, use_bias=False, kernel_initializer='lecun_normal'),
            L.BatchNormalization(momentum=momentum),
            L.ReLU(),
            L.DepthwiseConv2D(2, depthwise_regularizer='l2'),
            L.BatchNormalization(axis=1, scale=False),
            L.LeakyReLU(),
            L.GroupNormalization(4, axis=-1, gamma_regularizer=k.regularizers.L1(0.1)),
            L.Conv2D(4, 1, activation='gelu'),
            L.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5),
            L.GlobalAveragePooling2D(),
            L.UnitNormalization(),
            L.Dense(3, activation='softmax'),
        ],
        name='convolutional',
    )


def recurrent(k):
    L = k.layers
    return k.Sequential(
        [
            L.Input((5, 4)),
            L.LayerNormalization(center=False),
            L.Bidirectional(L.LSTM(3, return_sequences=True), name='both'),
            L.TimeDistributed(L.Dense(6, activation='silu' if k is keras else 'swish')),
            L.BatchNormalization(axis=1, momentum=0.9),
            L.SimpleRNN(4),
            L.LayerNormalization(),
        ],
        name='recurrent',
    )


def branching(k):
    """Two inputs and outputs, a layer and a model that are called twice, models in models."""
    L = k.layers
    a, b = L.Input((4,), name='a'), L.Input((4,), name='b')
    inner_in = L.Input((4,), name='inner_in')
    # Keras 3 takes no slashes.
    x = L.BatchNormalization(name='inner_norm' if k is keras else 'inner/norm')(inner_in)
    inner = k.Model(inner_in, L.Dense(4, name='inner_dense')(x), name='inner')
    block = k.Sequential([L.Input((4,)), inner, L.LayerNormalization()], name='block')
    shared = L.Dense(4, activation='tanh', name='shared')
    p, q = block(shared(a)), block(shared(b))
    frozen = L.BatchNormalization(name='frozen', trainable=False)
    p = frozen(p, training=False)
    total = p + q if k is keras else L.Add()([p, q])
    last = L.Concatenate()([total, L.Multiply()([a, b])])
    return k.Model([a, b], [L.Dense(2, name='last')(last), total], name='branching')


def transformer(k):
    L = k.layers
    x = inputs = k.Input((6, 8))
    for _ in range(2):
        y = L.RMSNormalization()(x)
        y = L.Dense(16, activation='silu')(y)
        x = x + L.Dense(8)(y)
    outputs = {'normed': L.LayerNormalization(axis=[-1, 1])(x), 'unit': L.UnitNormalization(1)(x)}
    return k.Model({'tokens': inputs}, outputs, name='transformer')


def odd_axes(k):
    """Weights in other shapes than Keras 3's."""
    L = k.layers
    return k.Sequential(
        [
            L.Input((2, 3, 4)),
            L.BatchNormalization(axis=[1, 3]),
            L.LayerNormalization(axis=[3, 1]),
        ],
        name='odd_axes',
    )


def with_addons(k):
    A, L = addons(), k.layers
    return k.Sequential(
        [
            L.Input((4, 4, 4)),
            A.InstanceNormalization(),
            L.Conv2D(6, 2),
            A.GroupNormalization(groups=3, epsilon=1e-2),
            A.InstanceNormalization(axis=1, center=False),
            A.GroupNormalization(groups=3, axis=2, scale=False),
        ],
        name='with_addons',
    )


def adapted(k, data, **config):
    layer = k.layers.Normalization(**config)
    layer.adapt(np.array(data, 'float32'))
    return layer


def spectral(k):
    """Spectral normalization, Normalization, and batch renormalization."""
    L, SN = k.layers, k.layers.SpectralNormalization
    data = [[1, -2, 0.5], [3, 1, 0], [2, 4, 0.25], [-1, 2, 1]]
    layers = [
        L.Input((6, 6, 3)),
        adapted(k, data),
        SN(L.Conv2D(4, 2, activation='relu'), power_iterations=2),
        L.BatchNormalization(
            renorm=True,
            renorm_clipping={'rmax': 1.5, 'rmin': 0.6, 'dmax': 0.5},
            renorm_momentum=0.8,
            momentum=0.9,
        ),
        SN(L.Conv2DTranspose(3, 2, use_bias=False)),
        L.Normalization(mean=[1.0, 0.0, -1.0], variance=[4.0, 1.0, 0.25], invert=True),
    ]
    if k is keras:
        # Keras 2 has neither.
        layers += [SN(L.DepthwiseConv2D(2)), L.LayerNormalization(rms_scaling=True)]
    layers += [L.Flatten(), SN(L.Dense(3))]
    return k.Sequential(layers, name='spectral')


def masked(k):
    L = k.layers
    return k.Sequential(
        [
            L.Input((5, 3)),
            L.Masking(),
            L.BatchNormalization(momentum=0.8),
            L.TimeDistributed(L.Dense(4, activation='tanh')),
            L.BatchNormalization(renorm=True, momentum=0.8, renorm_momentum=0.7),
            L.LayerNormalization(rms_scaling=True),
        ],
        name='masked',
    )


def masks(k):
    """Masks that are made, passed on, merged, used and ended, each in its own way by tfjs."""
    L = k.layers
    words, steps = k.Input((5,), dtype='int32', name='words'), k.Input((5, 3), name='steps')
    # The mask of the words: an LSTM ends it; its states start another one.
    x = L.Embedding(9, 3, mask_zero=True)(words)
    x = L.Bidirectional(L.SimpleRNN(2, return_sequences=True))(L.LayerNormalization()(x))
    x, *states = L.LSTM(3, return_state=True)(x)
    x = L.BatchNormalization(momentum=0.5)(L.Dense(5)(x))
    read = [x, L.LSTM(3)(L.RepeatVector(4)(x), initial_state=states)]
    # The mask of the steps: tfjs ends it or gives it another shape, here it goes on,
    y = L.Masking(0.5)(steps)
    read += [L.SimpleRNN(2)(L.LeakyReLU()(y)), L.SimpleRNN(2)(L.Add()([y, L.Dense(3)(y)]))]
    inner = k.Input((5, 3))
    y = L.BatchNormalization(momentum=0.5)(y)
    block = k.Model(inner, L.Dense(3)(L.SimpleRNN(3, return_sequences=True)(inner)))
    read += [L.SimpleRNN(2)(block(y)), L.SimpleRNN(2)(L.SpectralNormalization(L.Dense(3))(y))]
    # and here it ends, or is ignored.
    read += [L.SimpleRNN(2)(L.Conv1D(3, 1)(y)), L.SimpleRNN(2)(steps)]
    if k is keras:
        read += [L.SimpleRNN(2)(L.RMSNormalization()(y))]
        y = L.GroupNormalization(1)(y)
    sequence = [L.Input((5, 3)), L.Masking(), L.Permute((1, 2)), L.SimpleRNN(2)]
    read += [L.SimpleRNN(2)(L.ELU()(L.Dense(3)(y))), k.Sequential(sequence)(steps)]
    return k.Model([words, steps], L.Concatenate()(read), name='masks')


def arithmetic(k):
    x = inputs = k.Input((3,))
    y = k.layers.Dense(3)(x / 127.5 - 1.0)
    y = (1 - y) * 3 + -(0.5 + y)
    y = (y - np.array([1, 0, 2], 'float32')) / np.array([2, 1, 4], 'float32')
    return k.Model(inputs, 2 * y - k.layers.Dense(3)(y) * x, name='arithmetic')


def nested(k):
    """Models within wrappers and models, with layers of the same name; cells of an RNN."""
    L = k.layers

    def functional(name):
        x = k.Input((3,))
        return k.Model(x, L.BatchNormalization(name='norm')(L.Dense(3, name='same')(x)), name=name)

    def sequential(name):
        return k.Sequential([L.Input((3,)), L.Dense(3, name='same')], name=name)

    inner = k.Sequential([L.Input((3,)), sequential('a'), functional('b')], name='inner')
    x = inputs = k.Input((4, 3))
    x = L.TimeDistributed(inner, name='steps')(L.Dense(3, name='same')(x))
    x = L.TimeDistributed(L.SpectralNormalization(L.Dense(3, name='norm')), name='spectral')(x)
    x = L.RNN([L.SimpleRNNCell(2, name='x'), L.LSTMCell(3, name='y')], name='cells')(x)
    # Its outputs are those of the last model.
    return k.Model(inputs, functional('d')(sequential('c')(x)), name='nested')


def replaced(k):
    """What tfjs lacks and has another layer for, and a name that layers of other kinds have too."""
    L = k.layers
    inputs = k.Input((4, 4, 3))
    x = L.SeparableConv2D(4, 2, name='same')(inputs)
    x = L.LayerNormalization(axis=[-1, 1])(x)
    x = x / (x * x + 1.0)
    x = 2 / (x + np.array([3, 4, 5, 6], 'float32').reshape(1, 1, 1, 4))
    block = [L.Input((3, 3, 4)), L.ReLU(name='same'), L.Conv2D(3, 2, name='other')]
    x = k.Sequential(block, name='block')(x)
    x = L.Reshape((4, 3))(L.Dropout(0.1, name='other')(x))
    x = L.Bidirectional(L.RNN(L.LSTMCell(2), return_sequences=True))(x)
    block = [L.Input((4, 4)), L.SimpleRNN(2, name='same'), L.Dense(2, name='other')]
    return k.Model(inputs, k.Sequential(block, name='last')(x), name='replaced')


def called(k):
    """Calls with `training`, which Keras 2 heeds and Keras 3 does not, in models within too."""
    L = k.layers
    x = inputs = k.Input((3,))
    x = L.BatchNormalization(momentum=0.6)(x, training=True)
    block = k.Sequential([L.Input((3,)), L.Dense(3), L.BatchNormalization(momentum=0.8)])
    x = block(x, training=False)
    y = k.Input((3,))
    block = k.Sequential([L.Input((3,)), L.BatchNormalization(momentum=0.7, scale=False)])
    x = k.Model(y, block(y))(x, training=True)
    x = L.SpectralNormalization(L.Dense(3))(x, training=False)
    x = L.BatchNormalization(renorm=True, renorm_momentum=0.7)(x, training=False)
    return k.Model(inputs, x, name='called')


def further_addons(k):
    A, L = addons(), k.layers
    return k.Sequential(
        [
            L.Input((7, 7, 3)),
            # It keeps the weights of a second layer.
            A.WeightNormalization(L.Conv2D(4, 2, activation='relu')),
            A.FilterResponseNormalization(learned_epsilon=True),
            A.TLU(affine=True),
            A.SpectralNormalization(L.Conv2D(4, 2), power_iterations=3),
            A.FilterResponseNormalization(learned_epsilon=True, epsilon=1e-3),
            A.TLU(),
            A.WeightNormalization(L.Conv2DTranspose(2, 2), data_init=False),
            A.FilterResponseNormalization(),
            L.Reshape((6, 12)),
            A.WeightNormalization(L.SimpleRNN(4), data_init=False),
            A.WeightNormalization(L.Dense(3, use_bias=False)),
        ],
        name='further_addons',
    )


def scaled_branches(k):
    """ConvNeXt's blocks without their convolutions, with the LayerScale that Keras has for that model alone."""
    L, LayerScale = k.layers, k.src.applications.convnext.LayerScale
    x = inputs = k.Input((3, 3, 4))
    for _ in range(2):
        y = L.Dense(8, activation='gelu')(L.LayerNormalization(epsilon=1e-6)(x))
        x = L.Add()([x, LayerScale(1e-6, 4)(L.Dense(4)(y))])
    return k.Model(inputs, x, name='scaled_branches')


def start(weight, rng):
    name = weight.name.split('/')[-1].replace(':0', '')
    if name == 'initialized':
        return np.array(True)
    if name in ('mean', 'variance', 'count'):
        return weight.numpy()
    value = rng.normal(0, 0.5, weight.shape).round(3)
    positive = 'moving_variance' in name or 'stddev' in name
    return abs(value) + 0.5 if positive else value


def random_weights(model, rng):
    model.set_weights([start(weight, rng) for weight in model.weights])


def input_like(x, rng):
    shape = (2, *x.shape[1:])
    if x.dtype in ('int32', np.int32):
        return rng.integers(1, 9, shape).astype('int32')
    return rng.normal(1, 2, shape).round(3).astype('float32')


def flat(outputs):
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def model_case(k, make, trains=False, **config):
    """With the outputs of a first call in training, if it `trains`, and then of inference."""
    # Names that no model before has moved on.
    k.backend.clear_session()
    model = make(k, **config)
    version = 3 if k is keras else 2
    rng = np.random.default_rng(zlib.crc32(f'{model.name} {version}'.encode()))
    random_weights(model, rng)
    inputs = [input_like(x, rng) for x in model.inputs]
    for x in inputs if make in (masked, masks) else []:
        x[0, 3:] = 0
        if make is masks:
            # Steps that are masked by their value; among the integers it is 0, as a masked word.
            x[:, 1] = 0.5
    topology, specs, weights = keras_files.files_of(model)

    def call(training):
        outputs = flat(model(inputs if len(inputs) > 1 else inputs[0], training=training))
        return [{'shape': list(y.shape), 'values': y.numpy()} for y in outputs]

    trained = {'trainingOutputs': call(training=True)} if trains else {}
    return {
        'name': f'Keras {version}, {model.name}',
        'modelTopology': topology,
        'weightSpecs': specs,
        'weightData': base64.b64encode(weights).decode(),
        'inputs': [{'shape': x.shape, 'values': x} for x in inputs],
        **trained,
        'outputs': call(training=False),
    }


def model_cases():
    for k in (keras, tf_keras):
        yield model_case(k, convolutional, momentum=0.9)
        yield model_case(k, recurrent)
        yield model_case(k, branching)
        yield model_case(k, spectral, trains=True)
    yield model_case(keras, masked, trains=True)
    yield model_case(keras, transformer)
    yield model_case(tf_keras, odd_axes)
    yield model_case(tf_keras, with_addons)
    yield model_case(tf_keras, further_addons)
    for k in (keras, tf_keras):
        yield model_case(k, called, trains=True)
        yield model_case(k, masks, trains=True)
        yield model_case(k, arithmetic)
        yield model_case(k, nested)
    for k in (keras, tf_keras):
        yield model_case(k, replaced)
        yield model_case(k, scaled_branches)


def versions():
    return {'tensorflow_addons': importlib.metadata.version('tensorflow_addons')}
