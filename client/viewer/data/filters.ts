/** Filters of the map: values or bounds by facet, as the interface, the queries and links have them. */
import type { FacetValue, Where, WhereCondition } from '#client/index.ts';

/** Accepts some values of a facet, or numbers within bounds: `from <= value < to`. */
export type FacetChoice =
  | { readonly values: readonly FacetValue[] }
  | { readonly from?: number | undefined; readonly to?: number | undefined };

/** By facet; a system must satisfy all. */
export type Filters = ReadonlyMap<string, FacetChoice>;

export const NO_FILTERS: Filters = new Map();

/** The filters as a condition of queries; undefined if there are none. */
export function whereOf(filters: Filters): Where | undefined {
  if (filters.size === 0) return undefined;
  return Object.fromEntries([...filters].map(([field, choice]) => [field, conditionOf(choice)]));
}

function conditionOf(choice: FacetChoice): WhereCondition {
  if ('values' in choice) return choice.values;
  const { from, to } = choice;
  return { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) };
}

/** Adds values to the filter of a facet, or removes them if it has all of them; without values there is no filter. */
export function toggleValues(filters: Filters, field: string, values: readonly FacetValue[]): Filters {
  const before = filters.get(field);
  const held = before && 'values' in before ? before.values : [];
  const hasAll = values.every(value => held.includes(value));
  const rest = held.filter(value => !values.includes(value));
  return withChoice(filters, field, { values: hasAll ? rest : [...rest, ...values] });
}

/** Replaces the filter of a facet; one that accepts everything is removed. */
export function withChoice(filters: Filters, field: string, choice: FacetChoice | undefined): Filters {
  const changed = new Map(filters);
  const isEmpty =
    !choice ||
    ('values' in choice ? choice.values.length === 0 : choice.from === undefined && choice.to === undefined);
  if (isEmpty) changed.delete(field);
  else changed.set(field, choice);
  return changed;
}

/** Whether the filter of a facet accepts a value by name. */
export function hasValue(filters: Filters, field: string, value: FacetValue): boolean {
  const choice = filters.get(field);
  return choice !== undefined && 'values' in choice && choice.values.includes(value);
}

/** A filter in words. */
export function describeChoice(choice: FacetChoice): string {
  if ('values' in choice) {
    const names = choice.values.slice(0, 3).map(String);
    return choice.values.length > 3 ? `${names.join(', ')} + ${choice.values.length - 3}` : names.join(', ');
  }
  const { from, to } = choice;
  if (from === undefined) return `below ${to}`;
  return to === undefined ? `from ${from}` : `${from} to ${to}`;
}

/** Writes filters as parameters of a link: `field=value|value`, or `field=from..to`. */
export function encodeFilters(filters: Filters): string[] {
  return [...filters].map(([field, choice]) => {
    const text =
      'values' in choice
        ? choice.values.map(encodeValue).join('|')
        : `${choice.from ?? ''}..${choice.to ?? ''}`;
    return `${escapeText(field)}=${text}`;
  });
}

/** Reads filters from the parameters of a link; ignores what is not one. */
export function decodeFilters(texts: readonly string[]): Filters {
  const filters = new Map<string, FacetChoice>();
  for (const text of texts) {
    const [field, ...rest] = splitAt(text, '=');
    if (rest.length === 0 || field === '') continue;
    const body = rest.join('=');
    const bounds = /^(-?[\d.e+-]*?)\.\.(-?[\d.e+-]*)$/i.exec(body);
    if (bounds) {
      const [from, to] = bounds.slice(1).map(bound => (bound === '' ? undefined : Number(bound)));
      if (![from, to].some(bound => Number.isNaN(bound)) && (from ?? to) !== undefined)
        filters.set(unescapeText(field!), { from, to });
      continue;
    }
    filters.set(unescapeText(field!), { values: splitAt(body, '|').map(decodeValue) });
  }
  return filters;
}

function encodeValue(value: FacetValue): string {
  const isPlain =
    typeof value === 'string' && !/^["\d.+-]|^$|\.\./.test(value) && decodeValue(escapeText(value)) === value;
  return escapeText(isPlain ? value : JSON.stringify(value));
}

function decodeValue(text: string): FacetValue {
  const plain = unescapeText(text);
  try {
    const value: unknown = JSON.parse(plain);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : plain;
  } catch {
    return plain;
  }
}

function escapeText(text: string): string {
  return text.replace(/[\\|=]/g, '\\$&');
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

/** Splits a text at a character that no backslash precedes; escapes stay. */
function splitAt(text: string, separator: string): string[] {
  const parts = [''];
  for (const [token] of text.matchAll(/\\.|[\s\S]/g)) {
    if (token === separator) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
}
