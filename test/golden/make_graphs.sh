#!/bin/sh
# Writes graphs.json and graph_models.json anew, in a virtual environment that it makes in the folder given and leaves there, or in a new one
# that it removes at the end. It takes 3 GB, and some four minutes.
set -e
here=$(cd "$(dirname "$0")" && pwd)
env=${1:-$(mktemp -d)}
[ -n "$1" ] || trap 'rm -rf "$env"' EXIT
[ -x "$env/bin/python" ] || python3.11 -m venv "$env"
grep -E '^(keras|numpy|tensorflow|tf_keras)==' "$here/requirements.txt" | "$env/bin/pip" install -q -r /dev/stdin
# Without what it wants for decision forests and JAX, which needs another TensorFlow.
"$env/bin/pip" install -q --no-deps tensorflowjs==4.22.0 importlib_resources==6.5.2
"$env/bin/python" "$here/make_graphs.py"
"$env/bin/python" "$here/make_graph_models.py"
