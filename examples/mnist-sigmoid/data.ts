import {type Batch, type Digits, toBatch} from '../shared/mnist.js';
import {shuffled} from '../shared/order.js';

/** The batch of a step, counted from 0: each epoch in an order of its own. */
export class Batches {
  private epoch = -1;
  private order: Uint32Array = new Uint32Array();

  constructor(
    private readonly digits: Digits,
    private readonly size: number,
    private readonly seed: number,
  ) {}

  at(step: number): Batch {
    const perEpoch = Math.floor(this.digits.labels.length / this.size);
    const epoch = Math.floor(step / perEpoch);
    if (epoch !== this.epoch) {
      this.order = shuffled(this.digits.labels.length, 1000 * this.seed + epoch);
      this.epoch = epoch;
    }
    const start = (step % perEpoch) * this.size;
    return toBatch(this.digits, this.order.subarray(start, start + this.size));
  }
}
