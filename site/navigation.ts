/** The pages, in the order in which the menu has them. `docs/` are the repository's own documents. */
export const NAVIGATION: ReadonlyArray<{
  title: string;
  pages: ReadonlyArray<[path: string, title: string]>;
}> = [
  {
    title: 'Start',
    pages: [
      ['index', 'Overview'],
      ['start', 'Five minutes'],
      ['norms', 'Which norm when'],
      ['playground', 'Playground'],
      ['lab', 'Lab'],
      ['new', 'New in 0.2'],
    ],
  },
  {
    title: 'Guides',
    pages: [
      ['tf-layers', 'From tf.layers'],
      ['fine-tuning', 'Fine-tuning'],
      ['tabular', 'Tabular data'],
      ['transformers', 'Transformers'],
      ['docs/keras', 'Keras models'],
      ['docs/models', 'Models in memory'],
      ['docs/accelerate', 'accelerate()'],
      ['docs/weights', 'PyTorch and Flax'],
      ['masks', 'Masks'],
      ['backends', 'Mixed backends'],
      ['docs/blocks', 'Adaptive norms'],
      ['docs/powernorm', 'PowerNorm'],
      ['faq', 'Questions'],
    ],
  },
  {
    title: 'Reference',
    pages: [
      ['api/index', 'API'],
      ['docs/entries', 'Entries and sizes'],
      ['docs/compatibility', 'Compatibility'],
      ['docs/conformance', 'Conformance'],
      ['docs/numerics', 'Numerics'],
      ['docs/gradients', 'Gradients'],
      ['docs/kernels', 'cpu and wasm'],
      ['docs/node', 'tfjs-node'],
      ['docs/webgl', 'webgl'],
      ['docs/webgpu', 'webgpu'],
      ['docs/changelog', 'Changelog'],
    ],
  },
];
