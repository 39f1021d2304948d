/** Checks options and arguments whose types plain JavaScript does not check. */
import { inspect } from 'node:util';
import type { ArgumentError } from '#client/errors.ts';
import { checkOptions, type OptionNames } from '#client/query/options.ts';
import { UsageError } from '#pipeline/errors.ts';

export type { OptionNames } from '#client/query/options.ts';

/** @throws UsageError if an option is unknown, or options are not an object */
export function checkNames<T extends object>(options: T, names: OptionNames<T>): void {
  try {
    checkOptions(options, names);
  } catch (error) {
    const { message, expected, found } = error as ArgumentError;
    throw new UsageError(message, { expected, found });
  }
}

/** @throws UsageError unless the value is an array of strings: the characters of a string would be taken for them */
export function checkStrings(name: string, value: readonly string[]): void {
  if (!Array.isArray(value) || !value.every(text => typeof text === 'string'))
    throw wrongArgument(name, value, 'an array of strings');
}

/** The error for an argument of a wrong type. */
export function wrongArgument(name: string, found: unknown, expected: string): UsageError {
  return new UsageError(`${name} is ${inspect(found, { depth: 0 })}; give ${expected}`, { found, expected });
}
