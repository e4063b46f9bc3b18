import * as tf from '@tensorflow/tfjs-core';
import {version_layers} from '@tensorflow/tfjs-layers';
import {check} from '../check.js';

const MAJOR = '4';
/** The version of the sources in tfjs's repository, which get another when they are published. */
const UNPUBLISHED = '0.0.0';

/** Checks that the tfjs that this package has got is one that it knows, and the program's own. */
export function checkTfjs(op: string, parts: {layers: boolean}): void {
  checkVersion(op, 'core', tf.version_core);
  if (!parts.layers) return;
  checkVersion(op, 'layers', version_layers);
  // The first copy makes the engine for all; registries are global too, classes of layers are not.
  check(
    tf.env() instanceof tf.Environment,
    op,
    () =>
      'there must be one copy of @tensorflow/tfjs-core, but there are two: the layers of the other one ' +
      'cannot be reached. Install one version for all, or set layers to false.',
  );
}

function checkVersion(op: string, name: string, version: string): void {
  check(
    version.split('.')[0] === MAJOR || version === UNPUBLISHED,
    op,
    () => `@tensorflow/tfjs-${name} must be of version ${MAJOR}, but is ${version}.`,
  );
}
