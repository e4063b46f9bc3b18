#!/usr/bin/env bash
# Computes ONNX's golden values and a sample of Keras 3's again, in a virtual environment, compares
# them with the committed ones, and opens in Keras 3 what is saved for it. Without Python 3.11 and
# venv it says so, and fails if CI is set.
set -euo pipefail
cd "$(dirname "$0")/../test/golden"

if ! python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo 'Python 3.11 or later with venv is not there: the golden values were not checked'
  [[ -z ${CI:-} ]]
  exit
fi
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  $(grep -E '^(jax|keras|numpy|onnx)==' requirements.txt)
"$environment/bin/python" -B make_onnx.py --check
"$environment/bin/python" -B -W ignore check_keras.py --sample
"$environment/bin/python" -B -W ignore check_saved.py --keras3
