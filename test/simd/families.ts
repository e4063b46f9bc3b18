/** Which loops take a view; `null`: none but the plain ones. */
export type Family = 'row' | 'column' | 'segment' | null;

/**
 * Of each view of `NORM_CASES`. Many have none, as the table is about odd sizes: columns need 8 rows,
 * segments 16 elements.
 */
export const FAMILIES: Record<string, Family> = {
  'layer norm, last axis': 'row',
  'layer norm, long rows': 'row',
  'layer norm, rows beyond one block': 'row',
  'layer norm, two trailing axes': 'row',
  'layer norm, channels first': null,
  'layer norm, channels first, wide': null,
  'layer norm, middle axes': null,
  'layer norm, axes apart': null,
  'layer norm, axes apart, long': null,
  'layer norm, all axes': 'row',
  'batch norm of rank 2': 'column',
  'batch norm, channels last': 'column',
  'batch norm, narrow': 'column',
  'batch norm, one channel': 'row',
  'batch norm, wide': null,
  'batch norm, channels first': null,
  'batch norm, channels first, large': 'segment',
  'batch norm of rank 6': 'column',
  'batch norm over two feature axes': null,
  'group norm, channels last': 'column',
  'group norm, many groups': null,
  'group norm, channels first': null,
  'instance norm, channels last': 'column',
  'instance norm, channels first': null,
  'no parameters': 'row',
  'no parameters, first axis': 'column',
  'nothing reduced': null,
  'a group of one element': null,
  'one element in all': 'row',
  'one group': null,
  'rank 1': 'row',
  'epsilon above every norm': 'row',
  'no epsilon': 'row',
};

/**
 * Rows with one parameter for all of their elements are segments where sums for each parameter are
 * needed, or statistics are given. These are too short for that.
 */
export const SHORT_ROWS = ['no parameters', 'one element in all'];
