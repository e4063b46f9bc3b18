"""Writes blocks.json: what blocks of models compute in the frameworks that define them.

diffusers' adaptive norms, timm's and torchvision's parts of ConvNeXt and of networks without batch
norm, Hugging Face's decoder layers, DyT and Derf: values and gradients of everything that goes in.
`--check` compares with the file instead.
"""

import contextlib
import importlib.metadata
import json
import pathlib
import sys
import unittest.mock
import zlib

import numpy as np
import timm.layers as layers
import torch
from arrays import differences, lines, random, single
from diffusers.models import attention, normalization
from timm.layers.grn import GlobalResponseNorm
from torchvision.models import convnext
from transformers.models.gemma import modeling_gemma
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.olmo2 import modeling_olmo2
from transformers.models.qwen3 import modeling_qwen3


# The authors' modules, from the papers' formulas: their repositories are no packages.


class Elementwise(torch.nn.Module):
    """weight * function(x) + bias, the channels on the last axis or, of four, on the second."""

    def __init__(self, channels, channels_last=True):
        super().__init__()
        self.shape = [channels] if channels_last else [channels, 1, 1]
        self.alpha = torch.nn.Parameter(torch.zeros(1))
        self.weight = torch.nn.Parameter(torch.zeros(channels))
        self.bias = torch.nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        y = self.function(x)
        return y * self.weight.reshape(self.shape) + self.bias.reshape(self.shape)


class DynamicTanh(Elementwise):
    """DyT, arXiv 2503.10622; github.com/jiachenzhu/DyT."""

    def function(self, x):
        return torch.tanh(self.alpha * x)


class DynamicErf(Elementwise):
    """Derf, arXiv 2512.10938; github.com/zlab-princeton/Derf."""

    def __init__(self, channels, channels_last=True):
        super().__init__(channels, channels_last)
        self.shift = torch.nn.Parameter(torch.zeros(1))

    def function(self, x):
        return torch.erf(self.alpha * x + self.shift)


# Cases.


@contextlib.contextmanager
def float64():
    """Some modules cast to float32, whatever they are given: here they cast to float64."""
    with (
        unittest.mock.patch.object(torch, 'float32', torch.float64),
        unittest.mock.patch.object(torch.Tensor, 'float', torch.Tensor.double),
    ):
        yield


def values(array):
    return {'shape': list(array.shape), 'values': array}


def tensor(array):
    return torch.tensor(single(array), dtype=torch.float64, requires_grad=True)


def case(framework, module, shapes, outputs=('y',), *, note='', config=None, std=0.5, **calling):
    """Of the module's inputs, whose `shapes` are given, and of its weights.

    `config`: what our side has to know; `std`: of the weights; `calling`: see `results`.
    """
    block = type(module).__name__
    name = f'{framework} {block}{note and ", "}{note}'
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    weights = {key: weight.shape for key, weight in module.named_parameters()}
    text = {key: random(rng, shape) for key, shape in shapes.items()}
    text |= {key: random(rng, tuple(shape), 0, std) for key, shape in weights.items()}
    leaves = {key: tensor(array) for key, array in text.items()}
    with float64():
        found = results(module.double().eval(), leaves, list(shapes), **calling)
        out = dict(zip(outputs, found, strict=True))
        dy = {key: random(rng, tuple(y.shape), decimals=2) for key, y in out.items()}
        loss = sum(torch.sum(y * tensor(dy[key])) for key, y in out.items())
        gradients = torch.autograd.grad(loss, list(leaves.values()))
    return {
        'name': name,
        'framework': framework,
        'block': block,
        'config': config or {},
        'in': {key: values(array) for key, array in text.items()},
        'dy': {key: values(array) for key, array in dy.items()},
        'out': {key: values(y.detach().numpy()) for key, y in out.items()},
        'gradients': {key: values(g.numpy()) for key, g in zip(leaves, gradients)},
    }


def results(module, leaves, inputs, *, call=lambda *inputs: inputs, args=None):
    """What the module gives in a tuple, called with `call(...inputs)` and with `args` by name."""
    weights = {key: leaf for key, leaf in leaves.items() if key not in inputs}
    given = call(*(leaves[key] for key in inputs))
    found = torch.func.functional_call(module, weights, given, args)
    return found if isinstance(found, tuple) else (found,)


def diffusers():
    def of(*args, **kwargs):
        return case('diffusers', *args, **kwargs)

    x, emb = [2, 3, 6], [2, 5]
    given = {'x': x, 'temb': emb}
    ada = normalization.AdaLayerNorm(5, output_dim=12, chunk_dim=1)
    call = lambda x, temb: (x, None, temb)
    config = {'epsilon': 1e-5}
    yield of(ada, given, note='a condition of each example', config=config, call=call)
    ada = normalization.AdaLayerNorm(5, output_dim=12)
    given = {'x': x, 'temb': [5]}
    config = {**config, 'order': 'scale, shift'}
    yield of(ada, given, note='one condition', config=config, call=call)
    names = ['y', 'gate', 'shiftMlp', 'scaleMlp', 'gateMlp']
    given, config = {'x': x, 'temb': [2, 6]}, {'epsilon': 1e-6}
    call = lambda x, emb: (x, None, None, None, emb)
    yield of(normalization.AdaLayerNormZero(6), given, names, config=config, call=call)
    yield of(normalization.AdaLayerNormZeroSingle(6), given, names[:2], config=config)
    names = [*names, 'y2', 'gate2']
    yield of(normalization.SD35AdaLayerNormZeroX(6), given, names, config=config)
    names = ['y', 'gate', 'scaleMlp', 'gateMlp']
    yield of(normalization.LuminaRMSNormZero(6, 1e-5, True), given, names, config={'epsilon': 1e-5})
    given = {'x': x, 'temb': emb}
    for norm in ('layer_norm', 'rms_norm'):
        affine = norm == 'rms_norm'
        module = normalization.AdaLayerNormContinuous(6, 5, affine, 1e-6, norm_type=norm)
        yield of(module, given, note=norm, config={'epsilon': 1e-6, 'norm': norm})
    group = normalization.AdaGroupNorm(5, 8, 2, 'silu')
    given, config = {'x': [2, 8, 3, 2], 'temb': emb}, {'groups': 2, 'epsilon': 1e-5}
    yield of(group, given, config=config)
    yield of(normalization.GlobalResponseNorm(5), {'x': [2, 3, 4, 5]}, config={'axis': -1})
    # PixArt's block, whose AdaLayerNormSingle leaves the modulation to it.
    pixart = attention.BasicTransformerBlock(
        8,
        2,
        4,
        norm_type='ada_norm_single',
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        activation_fn='gelu-approximate',
        attention_bias=True,
        ff_inner_dim=6,
    )
    given, config = {'x': [2, 3, 8], 'temb': [2, 48]}, {'epsilon': 1e-6, 'heads': 2}
    about = {'note': 'ada_norm_single', 'std': 0.2, 'config': config}
    yield of(pixart, given, call=lambda x, temb: (x, None, None, None, temb), **about)


def timm_layers():
    def of(*args, **kwargs):
        return case('timm', *args, **kwargs)

    norm = GlobalResponseNorm
    yield of(norm(5), {'x': [2, 3, 4, 5]}, note='channels last', config={'axis': -1})
    first = norm(5, channels_last=False)
    yield of(first, {'x': [2, 5, 3, 4]}, note='channels first', config={'axis': 1})
    # The kernel lies on the image once, so that this is a product of matrices.
    conv, image = {'kernel_size': 3, 'padding': 0}, {'x': [2, 3, 3, 3]}
    yield of(layers.StdConv2d(3, 4, **conv, bias=True), image, config={'epsilon': 1e-6})
    config = {'epsilon': 1e-6, 'gamma': 1.7}
    yield of(layers.ScaledStdConv2d(3, 4, **conv, gamma=1.7), image, config=config)
    yield of(layers.LayerScale(5), {'x': [2, 3, 5]}, config={'axis': -1})
    yield of(layers.LayerScale2d(5), {'x': [2, 5, 3, 2]}, config={'axis': 1})


def transformers():
    def of(*args, **kwargs):
        return case('transformers', *args, **kwargs)

    epsilon = {'epsilon': 1e-6}
    yield of(modeling_gemma.GemmaRMSNorm(7), {'x': [2, 3, 7]}, config=epsilon)
    heads = {'num_attention_heads': 2, 'num_key_value_heads': 2, 'head_dim': 4}
    sizes = {'hidden_size': 8, 'intermediate_size': 6, 'num_hidden_layers': 1, 'rms_norm_eps': 1e-6}
    for module, Config, Layer, more in (
        (modeling_gemma, 'GemmaConfig', 'GemmaDecoderLayer', {}),
        (modeling_gemma3, 'Gemma3TextConfig', 'Gemma3DecoderLayer', {'query_pre_attn_scalar': 4}),
        (modeling_qwen3, 'Qwen3Config', 'Qwen3DecoderLayer', {}),
        (modeling_olmo2, 'Olmo2Config', 'Olmo2DecoderLayer', {}),
    ):
        config = getattr(module, Config)(**heads, **sizes, **more, attn_implementation='eager')
        layer = getattr(module, Layer)(config, 0)
        # Without a rotation of positions and without a mask: neither concerns a norm.
        positions = (torch.ones(1, 3, 4).double(), torch.zeros(1, 3, 4).double())
        args = {'position_embeddings': positions, 'attention_mask': None}
        # With larger weights, PyTorch's own gradients in float32 are further away.
        about = {'std': 0.3, 'config': {**epsilon, 'heads': 2}, 'args': args}
        yield of(layer, {'x': [2, 3, 8]}, **about)


def torchvision():
    blocks = [convnext.CNBlock(4, 1e-6, 0.0) for _ in range(2)]
    for block in blocks:
        # It has no part in the norms, and wasm has no gradient of it.
        block.block[0] = torch.nn.Identity()
    two = torch.nn.Sequential(*blocks)
    two.__class__ = type('CNBlock', (torch.nn.Sequential,), {})
    note = 'two of them, without their convolutions'
    yield case('torchvision', two, {'x': [2, 4, 3, 2]}, note=note, config={'epsilon': 1e-6})


def authors():
    for Module in (DynamicTanh, DynamicErf):
        for note, shape in (('last', [2, 3, 5]), ('first', [2, 5, 3, 2])):
            module = Module(5, note == 'last')
            config = {'axis': -1 if note == 'last' else 1}
            yield case('authors', module, {'x': shape}, note=f'channels {note}', config=config)


def text():
    packages = ('diffusers', 'timm', 'torch', 'torchvision', 'transformers')
    versions = {name: importlib.metadata.version(name).split('+')[0] for name in packages}
    torch.manual_seed(0)
    parts = (diffusers, timm_layers, transformers, torchvision, authors)
    cases = [case for part in parts for case in part()]
    return f'{{"versions":{json.dumps(versions)},\n"cases":[\n{lines(cases)}\n]}}\n'


def main():
    path = pathlib.Path(__file__).with_name('blocks.json')
    if '--check' not in sys.argv:
        path.write_text(text())
        return
    largest = differences(json.loads(path.read_text()), json.loads(text()))
    print(f'blocks.json: {largest:.1e} apart from what this machine makes')
    sys.exit(0 if largest <= 1e-8 else 1)


if __name__ == '__main__':
    main()
