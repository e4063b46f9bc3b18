import {
  FusedNormalizeGiven,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
} from '../../../kernel_names.js';
import {groupCount, type NormView, paramCount} from '../../../view.js';
import {planLines, planParamRows, planRows} from '../../simd/plan.js';

const FAMILIES = ['row', 'column', 'segment'] as const;

/**
 * How the ops take a view, as native/plan.h has it: a head, and of each line its group and its
 * parameter. `null` for a view of no family.
 */
export function planTensor(view: NormView, kernelName: string): Int32Array | null {
  const counts = [groupCount(view), paramCount(view)];
  const rows = rowsOf(view, kernelName);
  if (rows != null) return Int32Array.of(FAMILIES.indexOf('row'), rows.n, ...counts, 0, 0, 1, 1, 0);
  const lines = planLines(view, true);
  if (lines == null) return null;
  const {kind, width, blocks, blockSize, indices, part, groupOf, paramOf} = lines;
  const head = [FAMILIES.indexOf(kind), width, ...counts, blocks, blockSize, indices, part];
  const paramsApart = indices > 1 && view[0].param ? 1 : 0;
  const plan = new Int32Array(head.length + 1 + 2 * groupOf.length);
  plan.set([...head, paramsApart]);
  plan.set(groupOf, head.length + 1);
  plan.set(paramOf, head.length + 1 + groupOf.length);
  return plan;
}

function rowsOf(view: NormView, kernelName: string) {
  switch (kernelName) {
    case FusedNormalizeGiven:
      return null;
    case FusedNormalizeGrads:
    case FusedNormalizeParamGrad:
      return planParamRows(view);
    default:
      return planRows(view);
  }
}
