/** The registered names of our two layers whose names are not Keras's, by Keras's names. */
export const OUR_NAMES: Record<string, string> = {
  BatchNormalization: 'FusedBatchNormalization',
  LayerNormalization: 'FusedLayerNormalization',
};
