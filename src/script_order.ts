/** TensorFlow.js must be there before anything of this package runs. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {check} from './check.js';

/** The content of a namespace whose script is absent. */
type Absent<Namespace> = Partial<Namespace>;

check(
  (tf as Absent<typeof tf>).op != null && (tfl as Absent<typeof tfl>).layers != null,
  'tfjs-normalization',
  () =>
    'the script of TensorFlow.js must come before this one and define tf, with tf.layers, but has not.',
);
