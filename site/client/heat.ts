/** Numbers as a picture: a row for each example and position, a column for each channel. */
import type {Layout} from './cube.js';

const MOST = 64;

export function heat(canvas: HTMLCanvasElement, values: ArrayLike<number>, layout: Layout): void {
  const {batch, channels, positions, channelsFirst} = layout;
  const [width, height] = [Math.min(channels, MOST), Math.min(batch * positions, MOST)];
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  const picture = context.createImageData(width, height);
  for (let row = 0; row < height; row++) {
    for (let c = 0; c < width; c++) {
      const [n, p] = [Math.floor(row / positions), row % positions];
      const i = channelsFirst ? (n * channels + c) * positions + p : row * channels + c;
      picture.data.set(colorOf(values[i] / 3), (row * width + c) * 4);
    }
  }
  context.putImageData(picture, 0, 0);
}

/** Blue for -1, white for 0, orange for 1. */
function colorOf(value: number): number[] {
  const v = Math.max(-1, Math.min(1, value || 0));
  const [r, g, b] = v < 0 ? [47, 127, 214] : [214, 110, 20];
  const share = Math.abs(v);
  return [r, g, b].map(c => 250 + (c - 250) * share).concat(255);
}
