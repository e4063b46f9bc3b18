#!/usr/bin/env bash
# Makes ONNX's golden values anew, and a sample of Keras 3's, in a virtual environment of what they
# need, and compares. Where there is no such Python it fails if CI is set, and else says so.
set -euo pipefail
cd "$(dirname "$0")/../test/golden"

if ! python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo 'Python 3.11 with venv is not there: the golden values were not made anew'
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
