import type {Kernels} from './kernels.js';

/** An array that a kernel runs along, and how many of its elements belong to a row. */
export type Strand = {readonly array: Float32Array; readonly width: number};

/**
 * The memory that the kernels work on. What lives in it is used in place; all else is copied into
 * it and out of it, in tiles that fit the processor's second cache.
 */
export class Space {
  private next: number;

  constructor(
    readonly kernels: Kernels,
    private readonly buffer: ArrayBufferLike,
    /** Where `scratch` may begin. It holds what its plan says it needs. */
    scratch: number,
    private readonly tile = {address: 0, bytes: 0},
  ) {
    this.next = scratch;
  }

  /** Zeros, for the time of one kernel. */
  floats(size: number): Float32Array {
    return new Float32Array(this.buffer, this.take(4 * size), size).fill(0);
  }

  doubles(size: number): Float64Array {
    return new Float64Array(this.buffer, this.take(8 * size), size).fill(0);
  }

  private take(bytes: number): number {
    const address = this.next;
    this.next += 8 * Math.ceil(bytes / 8);
    return address;
  }

  /** The address of `array`, or of its copy. */
  hold(array: Float32Array): number {
    if (this.has(array)) return array.byteOffset;
    const copy = this.floats(array.length);
    copy.set(array);
    return copy.byteOffset;
  }

  private has(array: Float32Array): boolean {
    return array.buffer === this.buffer;
  }

  /**
   * Runs a kernel over all rows of its inputs and outputs, in place at once, else tile by tile.
   *
   * `run` gets the number of rows, the addresses of the inputs and then the outputs, and how many
   * rows came before.
   */
  forTiles(
    inputs: readonly Strand[],
    outputs: readonly Strand[],
    run: (rows: number, addresses: number[], done: number) => void,
  ): void {
    const strands = [...inputs, ...outputs];
    const rows = strands[0].array.length / strands[0].width;
    if (strands.every(({array}) => this.has(array))) {
      const addresses = strands.map(({array}) => array.byteOffset);
      if (rows > 0) run(rows, addresses, 0);
      return;
    }
    const rowBytes = strands.reduce((bytes, {width}) => bytes + 4 * width, 0);
    const step = Math.max(1, Math.floor(this.tile.bytes / rowBytes));
    for (let done = 0; done < rows; done += step) {
      const count = Math.min(step, rows - done);
      let address = this.tile.address;
      const tiles = strands.map(({width}) => {
        const tile = new Float32Array(this.buffer, address, count * width);
        address += 4 * step * width;
        return tile;
      });
      const part = ({array, width}: Strand) => array.subarray(done * width, (done + count) * width);
      inputs.forEach((strand, i) => tiles[i].set(part(strand)));
      run(
        count,
        tiles.map(tile => tile.byteOffset),
        done,
      );
      outputs.forEach((strand, i) => part(strand).set(tiles[inputs.length + i]));
    }
  }
}
