/** How `npm run images` makes the pictures of the documents small: they are seen, not read out part by part. */
export default {
  multipass: true,
  floatPrecision: 1,
  plugins: [
    'preset-default',
    {
      name: 'removeAttrs',
      params: {
        elemSeparator: '|',
        attrs: ['g', 'path', 'text', 'line'].flatMap(tag =>
          ['aria-.*', 'class', 'pointer-events', 'role'].map(name => `${tag}|${name}`),
        ),
      },
    },
  ],
};
