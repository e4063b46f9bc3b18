/** The normalizations that are compared, in the order of tables and legends. */
export const LABELS = {
  layer: 'layer norm',
  rms: 'RMS norm',
  batch: 'batch norm',
  power: 'PowerNorm',
  pnv: 'PN-V',
} as const;

export type NormalizationName = keyof typeof LABELS;

export const NORMALIZATION_NAMES = Object.keys(LABELS) as NormalizationName[];
