// Answers the requests of examples: the files of one of the golden GraphModels, whatever their address.
const golden = require('../golden/graphs.json');

const {modelTopology, signature, weightSpecs, weightData} = Object.values(golden)[0];
const weightsManifest = [{paths: ['weights.bin'], weights: weightSpecs}];
const model = {format: 'graph-model', modelTopology, signature, weightsManifest};

const {Response} = globalThis;

/** @param {unknown} url */
globalThis.fetch = async url =>
  String(url).endsWith('.bin')
    ? new Response(Buffer.from(weightData, 'base64'))
    : Response.json(model);
