"""Writes onnx.json: ONNX's own test cases of its normalization operators.

`--check` compares with the file instead. Needs onnx and numpy alone.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from arrays import differences, lines

warnings.filterwarnings('ignore')  # Other operators' cases divide by zero.

import onnx
from onnx.backend.test.case.node import collect_testcases

OPERATORS = [
    'BatchNormalization',
    'GroupNormalization',
    'InstanceNormalization',
    'LRN',
    'LayerNormalization',
    'LpNormalization',
    'MeanVarianceNormalization',
    'RMSNormalization',
]


def tensors(values, arrays):
    return {
        value.name: {'shape': list(array.shape), 'values': np.asarray(array, 'float64')}
        for value, array in zip(values, arrays)
    }


def case(test):
    graph = test.model.graph
    node = graph.node[0]
    ((inputs, outputs),) = test.data_sets
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return {
        'name': test.name,
        'operator': node.op_type,
        'attributes': {
            key: float(f'{value:.7g}') if isinstance(value, float) else value
            for key, value in attributes.items()
        },
        'inputs': tensors(graph.input, inputs),
        'outputs': tensors(graph.output, outputs),
    }


def cases():
    # The others of a graph of several nodes are the same cases, in more primitive operators.
    tests = [
        test
        for test in collect_testcases(None)
        if len(test.model.graph.node) == 1 and test.model.graph.node[0].op_type in OPERATORS
    ]
    by_name = {test.name: test for test in tests}
    return [case(test) for _, test in sorted(by_name.items()) if 'expanded' not in test.name]


def text():
    versions = json.dumps({'onnx': onnx.__version__})
    return f'{{"versions":{versions},\n"cases":[\n{lines(cases())}\n]}}\n'


def main():
    path = pathlib.Path(__file__).with_name('onnx.json')
    if '--check' not in sys.argv:
        path.write_text(text())
        return
    # NumPy's sums may differ in the last bit of float32 from one processor to the next.
    largest = differences(json.loads(path.read_text()), json.loads(text()))
    print(f'onnx.json: {largest:.1e} apart from what this machine makes')
    sys.exit(0 if largest <= 1e-6 else 1)


if __name__ == '__main__':
    main()
