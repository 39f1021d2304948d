/** Reads filters as text, of the command line and of URLs: `FIELD=VALUE`, `FIELD!=V1|V2`, `FIELD>=N`. */
import { ArgumentError } from '#client/errors.ts';
import { dateOf, type FacetValue } from '#format/facets/facet-value.ts';
import type { Where, WhereCondition } from './types.ts';

const BOUNDS = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' } as const;

/** A field, an operator, and the rest; a backslash takes the next character as it is. */
const FILTER = /^((?:\\[\s\S]|[^\\!=<>|])+)(!=|>=|<=|=|>|<)([\s\S]*)$/;
const BOUND = 'a number or a date after the sign, such as 5.5, 2026-01-31 or 2026-01-31T12:00:00Z';
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Returns the conditions of filters, all of which must be true. Bounds of one facet are one condition: one value lies
 * within all of them.
 * @param name name of the option or parameter for messages
 * @throws ArgumentError with the filter and the expected syntax
 */
export function parseWhere(filters: readonly string[], name = 'where'): Where[] {
  const wrong = (filter: string, expected: string) =>
    new ArgumentError(`${name} is "${filter}", expected ${expected}`, { found: filter, expected });
  const conditions: { field: string; condition: WhereCondition }[] = [];
  for (const filter of filters) {
    const [, facet, operator, rest] = FILTER.exec(filter) ?? [];
    if (facet === undefined || plain(facet) === '')
      throw wrong(filter, 'FIELD=VALUE, FIELD!=VALUE, FIELD=V1|V2 or FIELD>=N, also with >, < and <=');
    const field = plain(facet);
    const values = alternatives(rest!);
    if (values.includes('')) throw wrong(filter, `a value after ${operator} and on both sides of each |`);
    if (operator === '=') conditions.push({ field, condition: values.flatMap(readings) });
    else if (operator === '!=') conditions.push({ field, condition: { not: values.flatMap(readings) } });
    else {
      const key = BOUNDS[operator as keyof typeof BOUNDS];
      const bound = boundOf(values);
      if (bound === undefined) throw wrong(filter, BOUND);
      const other = conditions.find(
        earlier => earlier.field === field && hasRoom(earlier.condition, key, bound),
      );
      if (other) Object.assign(other.condition, { [key]: bound });
      else conditions.push({ field, condition: { [key]: bound } });
    }
  }
  return conditions.map(({ field, condition }) => ({ [field]: condition }));
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

function boundOf([bound, ...others]: readonly string[]): number | string | undefined {
  if (others.length === 0 && NUMBER.test(bound!)) return Number(bound);
  return others.length === 0 && dateOf(bound!) !== undefined ? bound! : undefined;
}

/** True for bounds of the same kind, without the given one. */
function hasRoom(condition: WhereCondition, key: string, bound: number | string): boolean {
  if (typeof condition !== 'object' || Array.isArray(condition) || 'not' in condition) return false;
  return !(key in condition) && Object.values(condition).every(other => typeof other === typeof bound);
}
