/** The two layers that are registered under other names than Keras's, by Keras's name. */
export const OUR_NAMES: Record<string, string> = {
  BatchNormalization: 'FusedBatchNormalization',
  LayerNormalization: 'FusedLayerNormalization',
};
