import js from '@eslint/js';
import {defineConfig, globalIgnores} from 'eslint/config';
import jest from 'eslint-plugin-jest';
import ts from 'typescript-eslint';

export default defineConfig([
  globalIgnores(['dist', 'site/dist', 'coverage']),
  {linterOptions: {reportUnusedDisableDirectives: 'error'}},
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked],
    languageOptions: {parserOptions: {projectService: true}},
    rules: {
      // Messages and shader sources are made of numbers.
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      // The element of a typed array within its bounds is never undefined.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // tfjs's types do not say where a value may be undefined (getKernel, getGradient), nor does indexing.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Its fix leaves code that does not compile if the receiver is generic.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // tfjs wants `verbose: 0` of an enum that it does not export, and data sets of the right shape.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_'}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: ['error', 'always', {null: 'ignore'}],
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/**'],
    rules: {
      'max-lines': ['error', {max: 200, skipBlankLines: true, skipComments: true}],
      'max-lines-per-function': ['error', {max: 60, skipBlankLines: true, skipComments: true}],
      'no-console': 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    plugins: {jest},
    rules: {'jest/no-disabled-tests': 'error', 'jest/no-focused-tests': 'error'},
  },
  {
    files: ['test/**/*.test.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/no-disabled-tests': 'error',
      'jest/expect-expect': ['error', {assertFunctionNames: ['expect*', 'run']}],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {globals: {module: 'readonly'}, sourceType: 'commonjs'},
  },
]);
