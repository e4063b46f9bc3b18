import {runSuite} from './run_suite.js';

runSuite('webgl, golden');
