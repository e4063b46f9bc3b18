#!/usr/bin/env bash
# Makes ONNX's golden values anew, in a virtual environment of two packages, and compares.
set -euo pipefail
cd "$(dirname "$0")/../test/golden"

if ! python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo 'Python 3.11 with venv is not there: the golden values were not made anew'
  exit 0
fi
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check \
  $(grep -E '^(numpy|onnx)==' requirements.txt)
"$environment/bin/python" -B make_onnx.py --check
