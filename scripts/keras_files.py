"""Carries models between Keras and the files of TensorFlow.js.

    python keras_files.py to-tfjs model.keras folder    for tf.loadLayersModel(tfn.fromKeras(...))
    python keras_files.py to-keras folder model.keras   of model.save(tfn.toKeras(...))

The functions take either Keras: pass `tf_keras` for Keras 2.
"""

import json
import pathlib
import sys

import numpy as np


def write(model, folder):
    """Writes a Keras model as model.json and weights.bin."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    specs = [
        {'name': path_of(weight), 'shape': list(weight.shape), 'dtype': 'float32'}
        for weight in model.weights
    ]
    data = b''.join(np.asarray(value, '<f4').tobytes() for value in model.get_weights())
    manifest = [{'paths': ['weights.bin'], 'weights': specs}]
    topology = {'modelTopology': json.loads(model.to_json()), 'weightsManifest': manifest}
    (folder / 'model.json').write_text(json.dumps(topology))
    (folder / 'weights.bin').write_bytes(data)


def read(folder, keras):
    """The Keras model of files that tfjs wrote through `tfn.toKeras`."""
    folder = pathlib.Path(folder)
    files = json.loads((folder / 'model.json').read_text())
    model = keras.models.model_from_json(json.dumps(files['modelTopology']))
    values = {}
    for group in files['weightsManifest']:
        data = b''.join((folder / path).read_bytes() for path in group['paths'])
        start = 0
        for spec in group['weights']:
            dtype = np.dtype({'float32': '<f4', 'int32': '<i4', 'bool': '?'}[spec['dtype']])
            size = int(np.prod(spec['shape']))
            value = np.frombuffer(data, dtype, size, start).reshape(spec['shape'])
            values[spec['name']] = value
            start += size * dtype.itemsize
    names = [name_in(values, path_of(weight)) for weight in model.weights]
    if sorted(names) != sorted(values):
        raise ValueError(f'no weights of the model are {sorted(values.keys() - set(names))}')
    shapes = [weight.shape for weight in model.weights]
    model.set_weights([values[name].reshape(shape) for name, shape in zip(names, shapes)])
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
