/** Checks the names of options, so that a misspelt one is an error in plain JavaScript, too. */
import { ArgumentError } from '#client/errors.ts';
import { invalid } from './invalid.ts';
import type { QueryOptions, ResultBound } from './types.ts';

/** The names of all options of a type. Each method has its own constant, so that a bundle has only those it needs. */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: 1 };

export const QUERY_OPTIONS: OptionNames<QueryOptions> = { signal: 1, usage: 1 };
export const ROWS_OPTIONS: OptionNames<QueryOptions & ResultBound> = { signal: 1, usage: 1, maxResults: 1 };

/** A name without case and signs, by which misspelt names are found. */
export function plainName(name: string): string {
  return name.replace(/[\W_]/g, '').toLowerCase();
}

/** @throws ArgumentError if an option is unknown, options are not an object, or the signal is none */
export function checkOptions<T extends object>(options: T, names: OptionNames<T>): void {
  if (typeof options !== 'object' || options === null) throw invalid('options', options, 'an object');
  const { signal } = options as QueryOptions;
  if (signal !== undefined && signal !== null && !signal.throwIfAborted)
    throw invalid('signal', signal, 'an AbortSignal');
  const known = Object.keys(names);
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const meant = known.find(name => plainName(name) === plainName(option));
    const hint = meant ? `did you mean ${meant}?` : `expected ${known.join(', ')}`;
    throw new ArgumentError(
      `unknown option "${option}": ${option === 'where' ? 'only spatial queries have filters; list(field, value) has the pages of a value' : hint}`,
      { expected: meant ?? known, found: option },
    );
  }
}
