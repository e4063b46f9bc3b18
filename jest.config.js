import {whyNoTensorflow} from './scripts/setup_node.mjs';

/** @type {import('jest').Config} */
const common = {
  testEnvironment: 'node',
  // The clean-up wraps tfjs's engine, a global, and crashes when a backend is not ready by then.
  testEnvironmentOptions: {globalsCleanup: 'off'},
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
  moduleNameMapper: {'^(\\.{1,2}/.*)\\.js$': '$1'},
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {parser: {syntax: 'typescript'}, target: 'es2022'},
        module: {type: 'commonjs'},
      },
    ],
  },
};

/** @type {import('jest').Config} */
const js = {...common, displayName: 'js', testPathIgnorePatterns: ['/test/node/']};

// Apart, since importing tfjs-node registers its backend and makes it the default.
/** @type {import('jest').Config} */
const tensorflow = {
  ...common,
  displayName: 'tensorflow',
  testEnvironment: '<rootDir>/test/node/environment.js',
  testMatch: [
    '<rootDir>/test/{conformance,golden,layer_golden,memory,numerics}.test.ts',
    '<rootDir>/test/{layers,node,ops}/*.test.ts',
  ],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts', '<rootDir>/test/node/backends.ts'],
  moduleNameMapper: {
    '/backends\\.js$': '<rootDir>/test/node/backends.ts',
    ...common.moduleNameMapper,
  },
};

// Small tensors, which most tests have, do not reach TensorFlow's ops elsewhere.
/** @type {import('jest').Config} */
const tensorflowOps = {
  ...tensorflow,
  displayName: 'tensorflow ops',
  testMatch: [
    '<rootDir>/test/{conformance,golden,numerics}.test.ts',
    '<rootDir>/test/node/later_node.test.ts',
    '<rootDir>/test/ops/{batch_norm,ops}.test.ts',
  ],
  moduleNameMapper: {
    '/limits\\.js$': '<rootDir>/test/node/no_limits.ts',
    ...tensorflow.moduleNameMapper,
  },
};

const why = whyNoTensorflow();
if (why != null) {
  if (process.env['CI']) throw new Error(`CI requires the backend tensorflow: ${why}.`);
  console.warn(`The suites did not run on the backend tensorflow: ${why}.`);
}

/** @type {import('jest').Config} */
export default {
  maxWorkers: '100%',
  projects: why == null ? [js, tensorflow, tensorflowOps] : [js],
  collectCoverageFrom: ['src/**/*.ts'],
  coverageThreshold: {global: {statements: 95, lines: 95, functions: 95, branches: 90}},
};
