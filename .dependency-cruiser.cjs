const backend = '@tensorflow/tfjs-(backend-|node)';
const peers = '@tensorflow/tfjs-(converter|core|layers)';

/** Only what would be in the built package: an `import type` is not. */
const atRunTime = {dependencyTypesNot: ['type-only']};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'kernels-know-no-norm',
      comment:
        'A kernel computes a view and a statistic; it knows neither ops nor layers nor gradients.',
      severity: 'error',
      from: {path: '^src/kernels/'},
      to: {path: '^src/(ops|layers|gradients)/'},
    },
    {
      name: 'backends-apart',
      comment:
        "A backend's kernels can be read, and left out, without any other's. Those that work in the " +
        "processor's memory share the plain loops and the SIMD module; the GPUs' share formulas.",
      severity: 'error',
      from: {path: '^src/kernels/backends/([^/]+)/'},
      to: {path: '^src/kernels/backends/', pathNot: '^src/kernels/backends/$1/'},
    },
    {
      name: 'kernels-know-no-backend',
      comment: 'What several backends share can be read without any of them.',
      severity: 'error',
      from: {path: '^src/kernels/(host|gpu)/'},
      to: {path: '^src/kernels/backends/'},
    },
    {
      name: 'ops-and-layers-know-no-kernel',
      comment:
        'They know the contract alone; the entry registers what fulfils it. Ops that run the kernel with ' +
        'given statistics bring its gradient.',
      severity: 'error',
      from: {path: '^src/(ops|layers)/'},
      to: {
        path: '^src/(kernels|gradients)/',
        pathNot:
          '^src/(kernels/(contract|run)|gradients/(normalize_given_grad|register_once))[.]ts$',
      },
    },
    {
      name: 'only-entries-register',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/(entries/|((graph|models|ops)/)?index[.]ts$)'},
      to: {path: '^src/register[.]ts$'},
    },
    {
      name: 'layers-apart',
      comment: 'tfjs-layers would double the bundle of those who use the ops alone.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/((layers|models|accelerate)/|(entries/(layers|keras)|index|script_order)[.]ts$)',
      },
      to: {path: '^src/layers/|@tensorflow/tfjs-layers'},
    },
    {
      name: 'graph-apart',
      comment: 'tfjs-converter is wanted by those alone who load its models.',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/graph/'},
      to: {path: '^src/graph/(index|register_ops)[.]ts$|@tensorflow/tfjs-converter'},
    },
    {
      name: 'backends-as-types-only',
      comment: 'Importing a backend registers it and all of its kernels.',
      severity: 'error',
      from: {path: '^src/'},
      to: {path: backend, ...atRunTime},
    },
    {
      name: 'peers-only',
      comment:
        'The package has no dependencies, and a second copy of tfjs has a layer registry of its own.',
      severity: 'error',
      from: {path: '^src/'},
      to: {pathNot: `^src/|${backend}|${peers}`},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {path: '^src/'},
      to: {circular: true},
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {path: '^src/', orphan: true},
      to: {},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsConfig: {fileName: 'tsconfig.build.json'},
    tsPreCompilationDeps: true,
  },
};
