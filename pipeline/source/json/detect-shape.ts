import { kindOfMembers } from '#format/record/catalogue-shape.ts';
import { membersAt, skipSpace } from '#format/record/json-scan.ts';
import { ARRAY, NEWLINE, OBJECT, QUOTE } from '#pipeline/source/ascii.ts';
import { endWord, Scanner } from './scanner.ts';

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
  if (head[at] === ARRAY) return 'list';
  const nested = head[at] === OBJECT;
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
  // Keys of interest are ASCII.
  const text = head.toString('latin1', at);
  if (isFeatureCollection(text)) return 'features';
  switch (kindOfMembers(membersAt(text, 0))) {
    case 'record':
      return series;
    case 'container':
      return 'keyed';
    default:
      return end >= 0 && next < head.length ? series : 'keyed';
  }
}

/**
 * Whether an object is a system or contains systems, judged by its members in view; undefined if unknown. `head` begins
 * with the object.
 */
export function objectKind(head: Buffer): 'record' | 'container' | undefined {
  return kindOfMembers(membersAt(head.toString('latin1'), 0));
}

/** Whether the object at the start is a FeatureCollection (RFC 7946, section 3.3), judged by its members in view. */
function isFeatureCollection(text: string): boolean {
  for (const [key, nested, value] of membersAt(text, 0)) {
    if (key === 'type' && !nested) return text.startsWith('"FeatureCollection"', value);
    if (key !== 'features' || text[value] !== '[') continue;
    const first = skipSpace(text, value + 1);
    if (text[first] !== '{') continue;
    for (const [name, , type] of membersAt(text, first))
      if (name === 'type') return text.startsWith('"Feature"', type);
  }
  return false;
}
