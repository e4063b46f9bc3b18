import {type io, util} from '@tensorflow/tfjs-core';
import {check, show} from '../check.js';
import {handlerOf} from '../load_handler.js';
import {constantsOf} from './constants.js';
import type {GraphReport} from './report.js';
import {rewriteTopology} from './rewrite_graph.js';
import {isTopology, nodeName} from './topology.js';

/** The handler that `fuseNormalizations` gives to `tf.loadGraphModel`. */
export interface FusingHandler extends io.IOHandler {
  /** The pieces that became one node, and those that did not; null until the model is loaded. */
  readonly report: GraphReport | null;
}

/** A model that is loaded already, such as a `tf.GraphModel`. */
export interface LoadedModel {
  /** Hands its artifacts to an io handler, as tfjs's models do. */
  save(handler: io.IOHandler): Promise<io.SaveResult>;
  /** The field that tells a model from an io handler. */
  predict: unknown;
}

const OP = 'fuseNormalizations';

/**
 * Makes a GraphModel load with one fused node for each normalization that its file writes in small ones:
 * layer, instance, group, RMS and L2 normalization, and batch normalization by the statistics of the batch,
 * which tfjs itself computes as NaN.
 *
 * A node checks what the file did not say, such as ranks and shapes, when it runs: where it then is no
 * normalization, or no kernel of the backend can run it, it computes the ops that the file had.
 *
 * ```js
 * const handler = fuseNormalizations('https://example.com/model.json');
 * const model = await tf.loadGraphModel(handler);
 * console.log(handler.report.fused.length, handler.report.refused);
 * ```
 *
 * @param source The files as `tf.loadGraphModel` takes them: a URL, or an io handler. Or the artifacts of a
 *     model, or a model that is loaded already; this one stays as it is.
 * @returns An io handler for `tf.loadGraphModel`. Its `report` is there when the model is.
 * @throws If the source is none of these; on loading, if the topology is not that of a GraphModel.
 */
export function fuseNormalizations(
  source: string | io.IOHandler | io.IOHandlerSync | io.ModelArtifacts | LoadedModel,
): FusingHandler {
  const load = loaderOf(source);
  const handler: {-readonly [Key in keyof FusingHandler]: FusingHandler[Key]} = {
    report: null,
    load: () => {
      const rewritten = (artifacts: io.ModelArtifacts) => {
        const {fused, report} = fusedArtifacts(artifacts);
        handler.report = report;
        return fused;
      };
      const loaded = load();
      // tf.loadGraphModelSync takes a handler that does not wait.
      return util.isPromise(loaded)
        ? (loaded as Promise<io.ModelArtifacts>).then(rewritten)
        : (rewritten(loaded as io.ModelArtifacts) as unknown as Promise<io.ModelArtifacts>);
    },
  };
  return handler;
}

/**
 * The report of `fuseNormalizations` on a model, by the `modelTopology` of its `model.json` alone.
 *
 * Exponents and axes are among the weights, which are not read: an exponent of a Pow that TensorFlow has
 * left there counts as unknown, and the kind of a normalization is told by the number of its axes.
 *
 * ```js
 * const {modelTopology, signature} = await (await fetch('https://example.com/model.json')).json();
 * console.log(analyzeGraph(modelTopology, signature).fused);
 * ```
 *
 * @param modelTopology The topology of a GraphModel, as JSON.
 * @param signature The `signature` that stands beside it; without it, all nodes that nobody uses are outputs.
 * @returns What would become one node, and what would not.
 * @throws If the topology is not that of a GraphModel.
 */
export function analyzeGraph(modelTopology: object, signature?: object): GraphReport {
  checkTopology('analyzeGraph', modelTopology);
  return rewriteTopology(modelTopology, outputsOf(signature), new Map()).report;
}

function fusedArtifacts(artifacts: io.ModelArtifacts): {
  fused: io.ModelArtifacts;
  report: GraphReport;
} {
  const {modelTopology, userDefinedMetadata} = artifacts;
  checkTopology(OP, modelTopology);
  // tfjs reads them in this order.
  const signature = userDefinedMetadata?.['signature'] ?? artifacts.signature;
  const outputs = outputsOf(signature as object | undefined);
  const {topology, report} = rewriteTopology(modelTopology, outputs, constantsOf(artifacts));
  return {fused: {...artifacts, modelTopology: topology}, report};
}

function checkTopology(op: string, topology: unknown): asserts topology is Topology {
  check(
    isTopology(topology),
    op,
    () =>
      `modelTopology must be that of a GraphModel, with a list of nodes, but is ${show(topology)}.`,
  );
}

type Topology = Parameters<typeof rewriteTopology>[0];

function outputsOf(signature: object | undefined): ReadonlySet<string> {
  const {outputs = {}} = (signature ?? {}) as {outputs?: Record<string, {name: string}>};
  return new Set(Object.values(outputs).map(({name}) => nodeName(name)));
}

type Load = () => io.ModelArtifacts | Promise<io.ModelArtifacts>;

function loaderOf(source: Parameters<typeof fuseNormalizations>[0]): Load {
  const given = typeof source === 'string' ? handlerOf(source) : source;
  if (typeof given === 'object' && given != null) {
    // Before the next, since a model has a method `load` as well.
    if ('predict' in given && 'save' in given) return () => artifactsOf(given as LoadedModel);
    if ('load' in given && given.load != null) return () => given.load!();
    if ('modelTopology' in given) return () => Promise.resolve(given);
  }
  check(
    false,
    OP,
    () =>
      'source must be a URL that tfjs can load, an io handler with a load method, ' +
      `the artifacts of a model, or a GraphModel, but is ${show(source)}.`,
  );
}

async function artifactsOf(model: LoadedModel): Promise<io.ModelArtifacts> {
  let saved: io.ModelArtifacts | undefined;
  await model.save({
    save: artifacts => {
      saved = artifacts;
      return Promise.resolve({
        modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'},
      });
    },
  });
  return saved!;
}
