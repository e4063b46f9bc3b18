/** A GraphModel's topology as its file has it: TensorFlow's GraphDef in JSON. */

export type AttrJson = {
  readonly b?: boolean;
  readonly i?: number | string;
  readonly f?: number;
  /** Base64, or the codes of the characters. */
  readonly s?: string | number[];
  readonly type?: string | number;
  readonly list?: {readonly i?: Array<number | string>};
  readonly tensor?: {readonly tensorShape?: ShapeJson};
  readonly shape?: ShapeJson;
};

type ShapeJson = {readonly dim?: Array<{readonly size: number | string}>; unknownRank?: boolean};

export type NodeJson = {
  readonly name: string;
  readonly op: string;
  readonly input?: string[];
  readonly attr?: Readonly<Record<string, AttrJson>>;
};

export type FunctionJson = {
  readonly signature: {readonly name: string};
  readonly nodeDef?: NodeJson[];
  /** For each output, which tensor of the body it is. */
  readonly ret?: Readonly<Record<string, string>>;
};

export type TopologyJson = {
  readonly node: NodeJson[];
  readonly library?: {readonly function?: FunctionJson[]};
};

export const isTopology = (json: unknown): json is TopologyJson =>
  typeof json === 'object' && json != null && Array.isArray((json as {node?: unknown}).node);

/** An attribute that is text, as it is in TensorFlow. */
export function textOf(attr: AttrJson | undefined): string | null {
  if (attr?.s == null) return null;
  return Array.isArray(attr.s) ? String.fromCharCode(...attr.s) : atob(attr.s);
}

export const integersOf = (attr: AttrJson | undefined): number[] =>
  (attr?.list?.i ?? []).map(Number);

/** The shape of what a Const node holds; its values are among the weights. */
export function constantShape({op, attr}: NodeJson): number[] | null {
  const tensor = op === 'Const' ? attr?.['value']?.tensor : null;
  return tensor == null ? null : (tensor.tensorShape?.dim ?? []).map(({size}) => Number(size));
}

/** The outputs of a batch norm, by the names that function bodies call them. */
const BATCH_NORM_OUTPUTS = ['y', 'batch_mean', 'batch_variance'].concat([
  'reserve_space_1',
  'reserve_space_2',
  'reserve_space_3',
]);

export const isBatchNorm = ({op}: NodeJson): boolean =>
  ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].includes(op);

/** Whether a batch norm takes the statistics of its input; TensorFlow's default is that it does. */
export const isTraining = ({attr}: NodeJson): boolean => attr?.['is_training']?.b ?? true;

/** The number of a batch norm's output, which the text behind its name says. */
export const batchNormOutput = (output: string): number =>
  Math.max(BATCH_NORM_OUTPUTS.indexOf(output), 0);

/** A name of a tensor without that of its output: `a` of `a:1`, `^a`, and `a:z:0`. */
export const nodeName = (input: string): string => input.replace(/^\^/, '').split(':')[0];

export const isControl = (input: string): boolean => input.startsWith('^');
