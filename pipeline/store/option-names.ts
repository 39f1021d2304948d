/** Checks the names of options, so that a misspelt one is an error in plain JavaScript, too. */
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
