/** Checks the names of options, so that a misspelt one is an error in plain JavaScript, too. */
import { ArgumentError } from '#client/errors.ts';
import type { QueryOptions, ResultBound } from './types.ts';

/** The names of all options of a type. Each method has its own constant, so that a bundle has only those it needs. */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: 1 };

export const QUERY_OPTIONS: OptionNames<QueryOptions> = { signal: 1, usage: 1 };
export const ROWS_OPTIONS: OptionNames<QueryOptions & ResultBound> = { signal: 1, usage: 1, maxResults: 1 };

/** @throws ArgumentError if an option is unknown, or options are not an object */
export function checkOptions<T extends object>(options: T, names: OptionNames<T>): void {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(`the options are ${JSON.stringify(options)}; give an object`);
  }
  const known = Object.keys(names);
  const plain = (name: string) => name.replace(/[\W_]/g, '').toLowerCase();
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const meant = known.find(name => plain(name) === plain(option));
    const hint = meant ? `did you mean ${meant}?` : `expected ${known.join(', ')}`;
    throw new ArgumentError(
      `unknown option "${option}": ${option === 'where' ? 'only spatial queries have filters; list(field, value) has the pages of a value' : hint}`,
      { expected: meant ?? known, found: option },
    );
  }
}
