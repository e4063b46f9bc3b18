/** The package as a script in a page, where other scripts are the modules that it imports. */
import './script_order.js';

export * from './index.js';
