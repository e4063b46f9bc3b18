export default {
  testEnvironment: 'node',
  // The clean-up wraps tfjs's engine, a global, and crashes when a backend is not ready by then.
  testEnvironmentOptions: {globalsCleanup: 'off'},
  maxWorkers: '100%',
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
  collectCoverageFrom: ['src/**/*.ts'],
  coverageThreshold: {global: {statements: 95, lines: 95, functions: 95, branches: 90}},
};
