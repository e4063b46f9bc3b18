/** Small GraphModels, written node by node as the converter would write them. */
import type * as tf from '@tensorflow/tfjs';

export type NodeJson = {
  name: string;
  op: string;
  input?: string[];
  attr: Record<string, unknown>;
};

type Weight = {name: string; shape: number[]; dtype: 'float32' | 'int32'; values: number[]};

const FLOAT = {type: 'DT_FLOAT'};

export class GraphBuilder {
  readonly nodes: NodeJson[] = [];
  private readonly weights: Weight[] = [];
  /** The inputs that the model is run with. */
  readonly inputs: Record<string, {shape: number[]; values: number[]}> = {};

  op(op: string, input: string[], attr: Record<string, unknown> = {}): string {
    const name = `${op}${this.nodes.length}`;
    this.nodes.push({name, op, input, attr});
    return name;
  }

  /** An input, of whose shape the file says nothing. */
  input(shape: number[], values: number[]): string {
    const name = `input${Object.keys(this.inputs).length}`;
    this.nodes.push({name, op: 'Placeholder', attr: {dtype: FLOAT, shape: {}}});
    this.inputs[name] = {shape, values};
    return name;
  }

  floats = (values: number[], shape: number[]): string => this.constant(values, shape, 'float32');
  number = (value: number): string => this.floats([value], []);
  integers = (values: number[]): string => this.constant(values, [values.length], 'int32');
  integer = (value: number): string => this.constant([value], [], 'int32');

  private constant(values: number[], shape: number[], dtype: Weight['dtype']): string {
    const name = `Const${this.nodes.length}`;
    const dim = shape.map(size => ({size: String(size)}));
    this.nodes.push({name, op: 'Const', attr: {value: {tensor: {tensorShape: {dim}}}}});
    this.weights.push({name, shape, dtype, values});
    return name;
  }

  /** The model, with these nodes as its outputs. */
  artifacts(outputs: string[]): tf.io.ModelArtifacts {
    const named = outputs.map((name, i) => [`out${i}`, {name: `${name}:0`}]);
    const given = Object.keys(this.inputs).map(name => [name, {name: `${name}:0`}]);
    const arrays = this.weights.map(({values, dtype}) =>
      dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
    );
    const bytes = Buffer.concat(arrays.map(({buffer}) => Buffer.from(buffer)));
    return {
      modelTopology: {node: this.nodes, versions: {producer: 1}},
      signature: {
        inputs: Object.fromEntries(given) as object,
        outputs: Object.fromEntries(named) as object,
      },
      weightSpecs: this.weights.map(({name, shape, dtype}) => ({name, shape, dtype})),
      weightData: new Uint8Array(bytes).buffer,
    };
  }
}
