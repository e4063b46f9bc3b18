"""Random numbers for golden files, and how these are written and compared."""

import json

import numpy as np


def random(rng, shape, mean=0.0, std=1.0, decimals=3):
    # Few decimals keep the file small. Read as float32, they are the input on both sides.
    return rng.normal(mean, std, shape).round(decimals)


def single(array):
    return array.astype(np.float32)


def compact(value):
    if hasattr(value, 'detach'):  # PyTorch's tensors, where there is PyTorch.
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return [compact(v) for v in value.ravel().tolist()]
    if isinstance(value, (list, tuple)):
        return [compact(v) for v in value]
    if isinstance(value, dict):
        return {k: compact(v) for k, v in value.items()}
    if isinstance(value, float):
        # What is this small is zero but for rounding.
        value = float(f'{value:.9g}') if abs(value) > 1e-12 else 0.0
        return int(value) if value.is_integer() else value
    return value


def lines(cases):
    return ',\n'.join(json.dumps(compact(case), separators=(',', ':')) for case in cases)


def differences(a, b):
    """How far two files lie apart, number by number; infinitely if something else differs."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        a, b = list(a.values()), [b[key] for key in a]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max(map(differences, a, b), default=0)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) / max(1, abs(a))
    return 0 if a == b else float('inf')
