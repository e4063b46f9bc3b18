import {type Holder, type Make, type Place, replace} from './replacement.js';

/** The replacements of one call of `accelerate`, until it is undone. */
export class Acceleration implements Holder {
  private readonly undos: Array<() => void> = [];
  private isUndone = false;

  /** @param replaceNew Replaces what tfjs has got since the last time. */
  constructor(private readonly replaceNew: (acceleration: Acceleration) => void) {}

  replace<T extends object>(place: Place<T>, make: Make<T>): void {
    const undo = replace(place, make, this);
    if (undo != null) this.undos.push(undo);
  }

  refresh(): void {
    if (!this.isUndone) this.replaceNew(this);
  }

  undo(): void {
    this.isUndone = true;
    for (const undo of this.undos.splice(0)) undo();
  }
}
