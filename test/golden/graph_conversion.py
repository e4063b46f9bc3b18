"""Functions of TensorFlow as GraphModels, by tensorflowjs's own steps."""

import json
import os
import sys
import tempfile
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN puts ops of its own in the place of norms, which the converter refuses.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf
import tf_keras

# The converter imports them for models that are none of these. Keras would use JAX if it found it first.
for absent in ("tensorflow_decision_forests", "tensorflow_hub", "jax", "jax.experimental", "jax.experimental.jax2tf"):
    sys.modules.setdefault(absent, types.ModuleType(absent))
sys.modules["jax.experimental"].jax2tf = sys.modules["jax.experimental.jax2tf"]

from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter


def converted(function, specs, quantize=None):
    """The JSON of the model, the list of its weights, and their bytes; and the function as TensorFlow runs it."""
    module = tf.Module()
    # The layer's weights are the module's.
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    module.layers = [cell for cell in cells if hasattr(cell, "weights")]
    module.run = tf.function(function, input_signature=specs)
    with tempfile.TemporaryDirectory() as folder:
        saved, out = os.path.join(folder, "saved"), os.path.join(folder, "out")
        tf.saved_model.save(module, saved, signatures=tf.function(lambda **x: outputs_of(module.run(*(x[f"x{i}"] for i in range(len(specs)))))).get_concrete_function(**{spec.name: spec for spec in specs}))
        converter.convert_tf_saved_model(saved, out, control_flow_v2=True, quantization_dtype_map={quantize: "*"} if quantize else None)
        with open(os.path.join(out, "model.json"), encoding="utf-8") as file:
            model = json.load(file)
        [group] = model["weightsManifest"]
        data = b""
        for path in group["paths"]:
            with open(os.path.join(out, path), "rb") as file:
                data += file.read()
    return model, group["weights"], data, module.run


def outputs_of(result):
    return result if isinstance(result, dict) else {"y": result}
