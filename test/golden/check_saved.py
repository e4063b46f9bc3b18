"""Opens in Keras 3 and Keras 2 what models made here are saved as, and compares the outputs.

`--keras3` leaves out Keras 2 and runs on JAX, which installs faster than TensorFlow.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ONLY_KERAS3 = '--keras3' in sys.argv
os.environ['KERAS_BACKEND'] = 'jax' if ONLY_KERAS3 else 'tensorflow'
os.environ['JAX_PLATFORMS'] = 'cpu'
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
# tf_keras asks tf.keras for its input specifications.
os.environ['TF_USE_LEGACY_KERAS'] = '1'

import keras
import numpy as np

root = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(root / 'scripts'))
import keras_files


def error(expected, actual):
    expected = np.array(expected['values']).reshape(expected['shape'])
    return np.abs(actual - expected).max() / np.sqrt((expected**2).mean())


def keras_of(version):
    if version == 3:
        return keras
    import tf_keras

    return tf_keras


def check(folder):
    values = json.loads((folder / 'values.json').read_text())
    model = keras_files.read(folder, keras_of(values['version']))
    inputs = [
        np.array(x['values'], 'float32').reshape(x['shape']) for x in values['inputs']
    ]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return max(error(e, np.asarray(y)) for e, y in zip(values['outputs'], outputs, strict=True))


def main():
    with tempfile.TemporaryDirectory() as temporary:
        save = ['node', 'scripts/run.mjs', 'test/golden/save_models.ts', temporary]
        subprocess.run(save, cwd=root, check=True)
        folders = sorted(pathlib.Path(temporary).glob('*Keras 3' if ONLY_KERAS3 else '*'))
        if ONLY_KERAS3:
            # On JAX, Keras's Permute keeps the mask of a tensor whose axes stay in their order.
            folders = [folder for folder in folders if 'masks again' not in folder.name]
        errors = {folder.name: check(folder) for folder in folders}
    for name, largest in errors.items():
        print(f'{name}: {largest:.1e}')
    # A dozen layers in float32, rounded in another order on each side.
    sys.exit(1 if not errors or max(errors.values()) > 2e-5 else 0)


if __name__ == '__main__':
    main()
