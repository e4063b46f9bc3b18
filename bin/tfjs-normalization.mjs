#!/usr/bin/env node
/** The command line: `npx tfjs-normalization <command>`. */
import {UsageError} from './options.mjs';

const USAGE = `Usage: npx tfjs-normalization <command> [option]...

  compare model.json   a model as it is and with this package's layers: differences, kernels, time and memory
  bench                one norm, this package's and tfjs's: kernels and time

  npx tfjs-normalization <command> --help lists the options of a command.
  Both run on the tfjs that is installed where you call them.`;

const COMMANDS = {compare: () => import('./compare.mjs'), bench: () => import('./bench.mjs')};

const [name, ...args] = process.argv.slice(2);

try {
  if (name == null || name === '--help' || name === '-h') console.log(USAGE);
  else if (Object.hasOwn(COMMANDS, name)) {
    const {run} = await COMMANDS[/** @type {keyof typeof COMMANDS} */ (name)]();
    await run(args);
  } else throw new UsageError(`there is no command ${name}.\n\n${USAGE}`);
  if (name == null) process.exitCode = 1;
} catch (error) {
  const {message} = /** @type {Error} */ (error);
  console.error(`tfjs-normalization: ${message}`);
  process.exitCode = 1;
}
