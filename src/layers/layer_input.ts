import {version_layers} from '@tensorflow/tfjs-layers';
import {check, checkNumeric} from '../check.js';
import {isSymbolic} from '../show.js';

/** Checks what a layer is to compute with. */
export function checkInput(layer: string, x: unknown): void {
  // tfjs calls a layer with symbolic tensors only if it does not know them for its own.
  check(
    !isSymbolic(x),
    layer,
    () =>
      `its model must be made with the @tensorflow/tfjs-layers that tfjs-normalization uses ` +
      `(${version_layers}), but is made with another copy of it.`,
  );
  checkNumeric(layer, 'the input', x);
}
