/** Reads the filters of the command line: `FIELD=VALUE`, `FIELD!=V1|V2`, `FIELD>=N`. */
import type { FilterOptions, Where, WhereCondition } from '#client/index.ts';
import { dateOf, type FacetValue } from '#format/facets/facet-value.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { Arguments } from './arguments.ts';

const BOUNDS = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' } as const;

/** A field, an operator, and the rest; a backslash takes the next character as it is. */
const FILTER = /^((?:\\[\s\S]|[^\\!=<>|])+)(!=|>=|<=|=|>|<)([\s\S]*)$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Returns the conditions of filters, all of which must be true. Bounds of one facet are one condition: one value lies
 * within all of them.
 * @throws UsageError with the filter and the expected syntax
 */
export function parseWhere(filters: readonly string[]): Where[] {
  const conditions: { field: string; condition: WhereCondition }[] = [];
  for (const filter of filters) {
    const [, name, operator, rest] = FILTER.exec(filter) ?? [];
    if (name === undefined || plain(name) === '')
      throw wrong(filter, 'FIELD=VALUE, FIELD!=VALUE, FIELD=V1|V2 or FIELD>=N, also with >, < and <=');
    const field = plain(name);
    const values = alternatives(rest!);
    if (values.includes('')) throw wrong(filter, `a value after ${operator} and on both sides of each |`);
    if (operator === '=') conditions.push({ field, condition: values.flatMap(readings) });
    else if (operator === '!=') conditions.push({ field, condition: { not: values.flatMap(readings) } });
    else {
      const key = BOUNDS[operator as keyof typeof BOUNDS];
      const bound = boundOf(filter, values);
      const other = conditions.find(
        earlier => earlier.field === field && hasRoom(earlier.condition, key, bound),
      );
      if (other) Object.assign(other.condition, { [key]: bound });
      else conditions.push({ field, condition: { [key]: bound } });
    }
  }
  return conditions.map(({ field, condition }) => ({ [field]: condition }));
}

/** The filter of a query, from `--where` and `--ignore-case`. */
export function filterOf(args: Arguments): FilterOptions {
  if (args.has('where')) return { where: parseWhere(args.all('where')), fold: args.has('ignore-case') };
  if (args.has('ignore-case'))
    throw new UsageError('--ignore-case needs --where: it compares values of facets');
  return {};
}

/** The parts of a string between `|`. */
function alternatives(text: string): string[] {
  const parts = text.match(/(?:\\[\s\S]|[^\\|]|\\$)+|(?<=\||^)(?=\||$)/g)!;
  return parts.map(plain);
}

/** A string without spaces around it and without the backslashes. */
function plain(text: string): string {
  return text.replace(/^\s+|(?<!\\)\s+$/g, '').replace(/\\([\s\S])/g, '$1');
}

/** The values that a string means: itself, and the number or the boolean that it reads as. */
function readings(text: string): FacetValue[] {
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? [text, number] : [text];
}

function boundOf(filter: string, [bound, ...others]: readonly string[]): number | string {
  if (others.length === 0 && NUMBER.test(bound!)) return Number(bound);
  if (others.length === 0 && dateOf(bound!) !== undefined) return bound!;
  throw wrong(filter, 'a number or a date after the sign, such as 5.5, 2026-01-31 or 2026-01-31T12:00:00Z');
}

/** True for bounds of the same kind, without the given one. */
function hasRoom(condition: WhereCondition, key: string, bound: number | string): boolean {
  if (typeof condition !== 'object' || Array.isArray(condition) || 'not' in condition) return false;
  return !(key in condition) && Object.values(condition).every(other => typeof other === typeof bound);
}

function wrong(filter: string, expected: string): UsageError {
  return new UsageError(`--where is "${filter}", expected ${expected}`);
}
