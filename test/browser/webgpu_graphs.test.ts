import {runSuite} from './run_suite.js';

runSuite('webgpu, graphs');
