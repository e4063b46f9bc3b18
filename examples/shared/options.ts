import {parseArgs, type ParseArgsConfig} from 'node:util';

/** An error whose message is for the user, without a stack. */
export class UsageError extends Error {}

/** The options as text; `parseArgs` knows their types. */
export function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
) {
  try {
    return parseArgs({args, options}).values;
  } catch (error) {
    // Node's message goes on with advice on positional arguments, which these programs do not have.
    throw new UsageError((error as Error).message.replace(/\. To specify a positional.*/s, ''));
  }
}

export function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} must be a whole number of at least ${least}, but is ${text}`);
  }
  return value;
}

export function oneOf<T extends string>(name: string, known: readonly T[], value: string): T {
  const found = known.find(one => one === value);
  if (found != null) return found;
  throw new UsageError(`--${name} must be one of ${known.join(', ')}, but is ${value}`);
}
