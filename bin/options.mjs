import {parseArgs} from 'node:util';

/** Something that the user can put right. */
export class UsageError extends Error {}

/**
 * The options of a command; null if it was asked for help, which is printed.
 *
 * @param {string[]} args
 * @param {Record<string, {type: 'string', default?: string}>} options
 * @param {string} usage
 */
export function parse(args, options, usage) {
  try {
    const {values, positionals} = parseArgs({
      args,
      options: {...options, help: {type: 'boolean', short: 'h'}},
      allowPositionals: true,
    });
    if (values['help'] !== true) {
      return {values: /** @type {Record<string, string | undefined>} */ (values), positionals};
    }
  } catch (error) {
    throw new UsageError(`${/** @type {Error} */ (error).message}\n\n${usage}`);
  }
  console.log(usage);
  return null;
}

/**
 * The sizes in `8,64,64,128`.
 *
 * @param {string} text
 */
export function shapeOf(text) {
  const shape = text.split(',').map(Number);
  if (!shape.every(size => Number.isInteger(size) && size > 0)) {
    throw new UsageError(`--shape must be positive integers with commas between, but is ${text}.`);
  }
  return shape;
}

/**
 * @param {string} name
 * @param {string} text
 */
export function countOf(name, text) {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new UsageError(`--${name} must be a positive integer, but is ${text}.`);
}
