/**
 * The nets that are compared, in the order of tables and legends: normalizations of the classic block, and the modern block,
 * which has RMS norms.
 */
export const LABELS = {
  layer: 'layer norm',
  rms: 'RMS norm',
  batch: 'batch norm',
  power: 'PowerNorm',
  pnv: 'PN-V',
  modern: 'modern block',
} as const;

export type NormalizationName = keyof typeof LABELS;

export const NORMALIZATION_NAMES = Object.keys(LABELS) as NormalizationName[];
