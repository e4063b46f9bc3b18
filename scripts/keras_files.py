"""Carries models between Keras and the files of TensorFlow.js.

    python keras_files.py to-tfjs model.keras folder    for tf.loadLayersModel(tfn.fromKeras(...))
    python keras_files.py to-keras folder model.keras   of model.save(tfn.toKeras(...))

The functions take either Keras: pass `tf_keras` for Keras 2.
"""

import json
import pathlib
import sys

import numpy as np


TYPES = {'float32': '<f4', 'int32': '<i4', 'bool': '?'}


def files_of(model):
    """A Keras model's topology, and its weights' specifications and bytes."""
    specs, data = [], b''
    for weight, value in zip(model.weights, model.get_weights()):
        dtype = {'i': 'int32', 'u': 'int32', 'b': 'bool'}.get(value.dtype.kind, 'float32')
        specs.append({'name': path_of(weight), 'shape': list(value.shape), 'dtype': dtype})
        data += np.asarray(value, TYPES[dtype]).tobytes()
    return json.loads(model.to_json()), specs, data


def write(model, folder):
    """Writes a Keras model as model.json and weights.bin."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    topology, specs, data = files_of(model)
    manifest = [{'paths': ['weights.bin'], 'weights': specs}]
    files = {'modelTopology': topology, 'weightsManifest': manifest}
    (folder / 'model.json').write_text(json.dumps(files))
    (folder / 'weights.bin').write_bytes(data)


def read(folder, keras):
    """The Keras model of files that tfjs wrote through `tfn.toKeras`."""
    folder = pathlib.Path(folder)
    files = json.loads((folder / 'model.json').read_text())
    # Keras 2 has the layer and does not find it.
    known = {'SpectralNormalization': keras.layers.SpectralNormalization}
    model = keras.models.model_from_json(json.dumps(files['modelTopology']), custom_objects=known)
    values = {}
    for group in files['weightsManifest']:
        data = b''.join((folder / path).read_bytes() for path in group['paths'])
        start = 0
        for spec in group['weights']:
            dtype = np.dtype(TYPES[spec['dtype']])
            size = int(np.prod(spec['shape']))
            value = np.frombuffer(data, dtype, size, start).reshape(spec['shape'])
            values[spec['name']] = value
            start += size * dtype.itemsize
    names = [name_in(values, path_of(weight)) for weight in model.weights]
    if sorted(names) != sorted(values):
        raise ValueError(f'no weights of the model are {sorted(values.keys() - set(names))}')
    shapes = [weight.shape for weight in model.weights]
    model.set_weights([values[name].reshape(shape) for name, shape in zip(names, shapes)])
    for layer in model._flatten_layers():
        # Until then, Normalization computes with the statistics that it had before.
        if hasattr(layer, 'finalize_state'):
            layer.finalize_state()
    return model


def path_of(weight):
    # Keras 3 tells the path, Keras 2 the name with the number of an output.
    return weight.path if hasattr(weight, 'path') else weight.name.rpartition(':')[0]


def name_in(values, path):
    """The tfjs name of a weight: the path's last part, after some of the parts before it."""
    *layers, weight = path.split('/')
    found = []
    for name in values:
        *of, last = name.split('/')
        rest = iter(layers)
        if last in (weight, f'depthwise_{weight}') and all(layer in rest for layer in of):
            found.append(name)
    if len(found) != 1:
        raise ValueError(f'the weight {path} must be in the files once, but is {found}')
    return found[0]


if __name__ == '__main__':
    import keras

    command, source, target = sys.argv[1:]
    if command == 'to-tfjs':
        write(keras.models.load_model(source), target)
    else:
        read(source, keras).save(target)
