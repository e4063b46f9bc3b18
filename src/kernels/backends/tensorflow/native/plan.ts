import {
  FusedNormalizeGiven,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
} from '../../../contract.js';
import {groupCount, type NormView, paramCount} from '../../../../view.js';
import {planLines, planParamRows, planRows} from '../../../host/plan.js';

const FAMILIES = ['row', 'column', 'segment'] as const;

/**
 * How the ops take a view, as native/plan.h has it: a head, and of each line its group and its
 * parameter. `null` for a view of no family.
 */
export function planTensor(view: NormView, kernelName: string): Int32Array | null {
  const counts = [groupCount(view), paramCount(view)];
  const rows = rowsOf(view, kernelName);
  if (rows != null) {
    return Int32Array.of(FAMILIES.indexOf('row'), rows.n, ...counts, 0, 0, 1, 1, 1, 0, 0);
  }
  const lines = planLines(view, true);
  if (lines == null) return null;
  const {kind, width, blocks, blockSize, outer, indices, part, groupOf, paramOf} = lines;
  const family = FAMILIES.indexOf(kind);
  const steps = [lines.outerParams, lines.indexParams];
  const head = [family, width, ...counts, blocks, blockSize, outer, indices, part, ...steps];
  const plan = new Int32Array(head.length + 2 * groupOf.length);
  plan.set(head);
  plan.set(groupOf, head.length);
  plan.set(paramOf, head.length + groupOf.length);
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
