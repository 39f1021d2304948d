import { kindOfMembers } from '#format/record/catalogue-shape.ts';
import { ARRAY, COLON, COMMA, NEWLINE, OBJECT, QUOTE } from '#pipeline/source/ascii.ts';
import { closeString, endWord, Scanner } from './scanner.ts';

/**
 * Shape of a JSON input: `lines` (NDJSON), `values` (one value after another, over any lines), `list` (an array of
 * systems), `keyed` (an object of systems, under any keys), `features` (a GeoJSON FeatureCollection).
 */
export type Shape = 'lines' | 'values' | 'list' | 'keyed' | 'features';

/**
 * Detects the shape from the head of an input. `at` is its first byte that is not whitespace; `isComplete` if nothing
 * follows the head.
 */
export function shapeOf(head: Buffer, at: number, isComplete: boolean): Shape {
  const scanner = new Scanner();
  const nested = isOpening(head[at]!);
  if (head[at] === ARRAY) return 'list';
  const end =
    nested || head[at] === QUOTE ? scanner.leave(head, scanner.enter(head, at), 0) : endWord(head, at);
  const next = end < 0 ? head.length : scanner.skipSpace(head, end, 0);
  const alone = next === head.length && isComplete;
  const oneLine =
    end >= 0 &&
    (alone || head.subarray(end, next).includes(NEWLINE)) &&
    !head.subarray(at, end).includes(NEWLINE);
  const series = oneLine ? 'lines' : 'values';
  if (!nested) return series;
  if (isFeatureCollection(head, at)) return 'features';
  switch (objectKind(head, at)) {
    case 'record':
      return series;
    case 'container':
      return 'keyed';
    default:
      return end >= 0 && next < head.length ? series : 'keyed';
  }
}

const isOpening = (byte: number) => byte === ARRAY || byte === OBJECT;

/**
 * Whether the object at `at` is a system or contains systems, judged by its members in view; undefined if unknown.
 */
export function objectKind(head: Buffer, at: number): 'record' | 'container' | undefined {
  return kindOfMembers(members(head, at));
}

/** Whether the object at `at` is a FeatureCollection (RFC 7946, section 3.3), judged by its members in view. */
function isFeatureCollection(head: Buffer, at: number): boolean {
  for (const [key, nested, value] of members(head, at)) {
    if (key === 'type' && !nested)
      return head.toString('latin1', value, value + COLLECTION.length) === COLLECTION;
    if (key !== 'features' || head[value] !== ARRAY) continue;
    const first = new Scanner().skipSpace(head, value + 1, 0);
    if (head[first] !== OBJECT) continue;
    for (const [name, , type] of members(head, first))
      if (name === 'type') return head.toString('latin1', type, type + FEATURE.length) === FEATURE;
  }
  return false;
}

const COLLECTION = '"FeatureCollection"';
const FEATURE = '"Feature"';

/**
 * For each member in view: its key, whether the value is an object or array, and the index of the value. Stops at a
 * syntax error.
 */
function* members(head: Buffer, at: number): Generator<[key: string, nested: boolean, value: number]> {
  const scanner = new Scanner();
  const skip = (from: number) => scanner.skipSpace(head, from, 0);
  let pos = at;
  do {
    pos = skip(pos + 1);
    if (head[pos] !== QUOTE) return;
    const keyEnd = closeString(head, pos + 1);
    if (keyEnd < 0) return;
    const key = head.toString('latin1', pos + 1, keyEnd - 1);
    pos = skip(keyEnd);
    if (head[pos] !== COLON) return;
    pos = skip(pos + 1);
    if (pos >= head.length) return;
    const nested = isOpening(head[pos]!);
    yield [key, nested, pos];
    pos =
      nested || head[pos] === QUOTE ? scanner.leave(head, scanner.enter(head, pos), 0) : endWord(head, pos);
    if (pos < 0) return;
    pos = skip(pos);
  } while (head[pos] === COMMA);
}
