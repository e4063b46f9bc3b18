/** The ops that stand in graphs in the place of TensorFlow's. */

export const NORMALIZATION = 'TfnNormalization';
/** A batch norm in training mode, of which more than the first output is used. */
export const BATCH_NORM = 'TfnFusedBatchNorm';
