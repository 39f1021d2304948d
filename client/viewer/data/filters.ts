/** Filters of the map: values, bounds and excluded values by facet, as the interface, the queries and links have them. */
import type { FacetValue, Where, WhereCondition } from '#client/index.ts';

/** Accepts numbers: `from <= value < to`. */
export interface FacetBounds {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Accepts some values of a facet, or numbers within bounds. */
export type FacetChoice = { readonly values: readonly FacetValue[] } | FacetBounds;

/** The filter of a facet: a choice, and values that no system may have. */
export type FieldFilter = FacetChoice & { readonly not?: readonly FacetValue[] };

/** By facet; a system must satisfy all. */
export type Filters = ReadonlyMap<string, FieldFilter>;

export const NO_FILTERS: Filters = new Map();

/** The filters as conditions of queries; undefined if there are none. */
export function whereOf(filters: Filters): readonly Where[] | undefined {
  if (filters.size === 0) return undefined;
  return [...filters].flatMap(([field, filter]) => [
    ...(isOpen(filter) ? [] : [{ [field]: conditionOf(filter) }]),
    ...(filter.not ? [{ [field]: { not: filter.not } }] : []),
  ]);
}

function conditionOf(choice: FacetChoice): WhereCondition {
  if ('values' in choice) return choice.values;
  const { from, to } = choice;
  return { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) };
}

/** Whether a choice accepts everything. */
function isOpen(choice: FacetChoice): boolean {
  return 'values' in choice
    ? choice.values.length === 0
    : choice.from === undefined && choice.to === undefined;
}

/** Adds values to the filter of a facet, or removes them if it has all of them; without values there is no filter. */
export function toggleValues(filters: Filters, field: string, values: readonly FacetValue[]): Filters {
  const before = filters.get(field);
  const held = before && 'values' in before ? before.values : [];
  const hasAll = values.every(value => held.includes(value));
  const rest = without(held, values);
  const admitted = withExcluded(filters, field, without(before?.not ?? [], values));
  return withChoice(admitted, field, { values: hasAll ? rest : [...rest, ...values] });
}

/** Excludes a value of a facet, or admits it again. */
export function toggleExcluded(filters: Filters, field: string, value: FacetValue): Filters {
  const before = filters.get(field);
  const held = before?.not ?? [];
  if (held.includes(value)) return withExcluded(filters, field, without(held, [value]));
  const accepted =
    before && 'values' in before
      ? withChoice(filters, field, { values: without(before.values, [value]) })
      : filters;
  return withExcluded(accepted, field, [...held, value]);
}

function without(values: readonly FacetValue[], removed: readonly FacetValue[]): FacetValue[] {
  return values.filter(value => !removed.includes(value));
}

/** Replaces the choice of a facet; values that are excluded stay so. */
export function withChoice(filters: Filters, field: string, choice: FacetChoice | undefined): Filters {
  const not = filters.get(field)?.not;
  return withFilter(filters, field, { ...choice, ...(not && { not }) });
}

/** Replaces the values of a facet that are excluded. */
function withExcluded(filters: Filters, field: string, not: readonly FacetValue[]): Filters {
  const { not: _, ...choice } = filters.get(field) ?? {};
  return withFilter(filters, field, { ...choice, ...(not.length > 0 && { not }) });
}

/** Replaces the filter of a facet; one that accepts everything is removed. */
function withFilter(filters: Filters, field: string, filter: FieldFilter): Filters {
  const changed = new Map(filters);
  const { not } = filter;
  if (!isOpen(filter)) changed.set(field, filter);
  else if (not) changed.set(field, { not });
  else changed.delete(field);
  return changed;
}

/** Whether the filter of a facet excludes a value. */
export function hasExcluded(filters: Filters, field: string, value: FacetValue): boolean {
  return filters.get(field)?.not?.includes(value) ?? false;
}

/** Whether the filter of a facet accepts a value by name. */
export function hasValue(filters: Filters, field: string, value: FacetValue): boolean {
  const choice = filters.get(field);
  return choice !== undefined && 'values' in choice && choice.values.includes(value);
}

/** Whether the filter of a facet has all values of a choice, or all numbers within its bounds. */
export function hasChoice(filters: Filters, field: string, choice: FacetChoice): boolean {
  if ('values' in choice) return choice.values.every(value => hasValue(filters, field, value));
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = boundsIn(filters, field);
  const isBounded = from > Number.NEGATIVE_INFINITY || to < Number.POSITIVE_INFINITY;
  return (
    isBounded &&
    (choice.from ?? Number.NEGATIVE_INFINITY) >= from &&
    (choice.to ?? Number.POSITIVE_INFINITY) <= to
  );
}

/** The bounds of a facet; without a bound, none. */
export function boundsIn(filters: Filters, field: string): FacetBounds {
  const choice = filters.get(field);
  return choice && !('values' in choice) ? choice : {};
}

/** Whether the filter of a facet lets systems pass that have this value and no other. */
export function admits(filters: Filters, field: string, value: FacetValue): boolean {
  const filter = filters.get(field);
  if (!filter) return true;
  return !hasExcluded(filters, field, value) && (isOpen(filter) || hasValue(filters, field, value));
}

/** A part of the filters in words, and the filters without it. */
export interface FilterPart {
  readonly label: string;
  readonly rest: Filters;
}

/** The parts of the filters: what a facet must have, and what it must not have. */
export function filterParts(filters: Filters): FilterPart[] {
  return [...filters].flatMap(([field, filter]) => [
    ...(isOpen(filter)
      ? []
      : [{ label: `${field}: ${describeChoice(filter)}`, rest: withChoice(filters, field, undefined) }]),
    ...(filter.not
      ? [{ label: `${field}: not ${describeValues(filter.not)}`, rest: withExcluded(filters, field, []) }]
      : []),
  ]);
}

function describeChoice(choice: FacetChoice): string {
  if ('values' in choice) return describeValues(choice.values);
  const { from, to } = choice;
  if (from === undefined) return `below ${to}`;
  return to === undefined ? `from ${from}` : `${from} to ${to}`;
}

function describeValues(values: readonly FacetValue[]): string {
  const names = values.slice(0, 3).map(value => String(value) || '(empty)');
  return values.length > 3 ? `${names.join(', ')} + ${values.length - 3}` : names.join(', ');
}

/** Writes filters as parameters of a link: `field=value|value`, `field=from..to` or `field!=value|value`. */
export function encodeFilters(filters: Filters): string[] {
  const joined = (values: readonly FacetValue[]) => values.map(encodeValue).join('|');
  return [...filters].flatMap(([field, filter]) => {
    const name = escapeText(field).replace(/!$/, '\\!');
    const accepted = 'values' in filter ? joined(filter.values) : `${filter.from ?? ''}..${filter.to ?? ''}`;
    return [
      ...(isOpen(filter) ? [] : [`${name}=${accepted}`]),
      ...(filter.not ? [`${name}!=${joined(filter.not)}`] : []),
    ];
  });
}

/** Reads filters from the parameters of a link; ignores what is not one. */
export function decodeFilters(texts: readonly string[]): Filters {
  let filters: Filters = NO_FILTERS;
  for (const text of texts) {
    const [name = '', ...rest] = splitAt(text, '=');
    // A name of its own may end with an escaped exclamation mark.
    const isNot = /^(?:\\.|[^\\])*!$/s.test(name);
    const field = unescapeText(isNot ? name.slice(0, -1) : name);
    if (rest.length === 0 || field === '') continue;
    const body = rest.join('=');
    if (isNot) filters = withExcluded(filters, field, decodeValues(body));
    else filters = withChoice(filters, field, decodeBounds(body) ?? { values: decodeValues(body) });
  }
  return filters;
}

function decodeValues(text: string): FacetValue[] {
  return splitAt(text, '|').map(decodeValue);
}

/** The bounds of a text; undefined if it has none. */
function decodeBounds(text: string): FacetChoice | undefined {
  const bounds = /^(-?[\d.e+-]*?)\.\.(-?[\d.e+-]*)$/i.exec(text);
  if (!bounds) return undefined;
  const [from, to] = bounds.slice(1).map(bound => (bound === '' ? undefined : Number(bound)));
  return [from, to].some(bound => Number.isNaN(bound)) ? {} : { from, to };
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
