import {encode} from 'fast-png';
import {CLASSES, SIDE} from '../shared/mnist.js';

/** Ink of each class, to be seen on white and on black. */
const COLORS = [
  '#d1495b',
  '#d9722e',
  '#b58a00',
  '#6a9a1f',
  '#2a9d60',
  '#1f9a9a',
  '#2d86c9',
  '#5a6fd8',
  '#8e5ad0',
  '#c04aa8',
];

const HEADER = 16;
const GAP = 2;
/** The shades of ink: more would double the file, and nobody sees them. */
const SHADES = 15;
const CELL = SIDE + GAP;

/** Rows of the digits 0 to 9, as bytes of their pixels in base64. */
export type Sheet = {rows: number; pixels: string};

export const toSheet = (pixels: ArrayLike<number>): Sheet => ({
  rows: pixels.length / (CLASSES * SIDE * SIDE),
  pixels: Buffer.from(Uint8Array.from(pixels, value => Math.round(255 * value))).toString('base64'),
});

/** The digits in columns of their classes. They are ink on whatever is behind them. */
export function sheetSvg({rows, pixels}: Sheet): string {
  const [width, height] = [CLASSES * CELL, rows * CELL];
  const ink = Buffer.from(pixels, 'base64');
  const data = new Uint8Array(4 * width * height);
  const rgb = COLORS.map(color => Buffer.from(color.slice(1), 'hex'));
  for (let i = 0; i < ink.length; i++) {
    const [digit, pixel] = [Math.floor(i / SIDE ** 2), i % SIDE ** 2];
    const [row, column] = [Math.floor(digit / CLASSES), digit % CLASSES];
    const y = row * CELL + Math.floor(pixel / SIDE);
    const x = column * CELL + (pixel % SIDE);
    const shade = Math.round((ink[i] / 255) * SHADES);
    if (shade > 0) data.set([...rgb[column], (shade * 255) / SHADES], 4 * (y * width + x));
  }
  const image = {width, height, data, channels: 4, depth: 8} as const;
  const png = Buffer.from(encode(image, {zlib: {level: 9}})).toString('base64');
  const names = COLORS.map(
    (_, i) => `<text x="${i * CELL + SIDE / 2}" y="${HEADER - 6}" text-anchor="middle">${i}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + HEADER}" width="${2 * width}" height="${2 * (height + HEADER)}">
<g font-family="system-ui, sans-serif" font-size="11" fill="currentColor">${names.join('')}</g>
<image y="${HEADER}" width="${width}" height="${height}" href="data:image/png;base64,${png}"/>
</svg>`;
}

/** The same as a file of its own, by day and by night. */
export const sheetFile = (sheet: Sheet): string =>
  sheetSvg(sheet).replace(
    '>',
    '><style>svg{color:#333}@media(prefers-color-scheme:dark){svg{color:#ddd}}</style>',
  );
