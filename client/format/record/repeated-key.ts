/** Finds repeated keys in objects of JSON: parsing keeps the last one and drops the others silently. */
import { isObject, type JsonValue } from '#format/json.ts';
import { tokensOf } from './json-scan.ts';

/** A repeated key of an object. */
export interface RepeatedKey {
  readonly key: string;
  /** Path to the object: `planets[2].moons[0]`; empty for the value itself. */
  readonly path: string;
  /** Offset of the key, in UTF-16 code units. */
  readonly at: number;
}

/**
 * The first repeated key in JSON; undefined if there is none.
 * @param bytes the text in UTF-8
 * @param value the parsed text, with at most 256 levels
 */
export function repeatedKey(text: string, bytes: Uint8Array, value: JsonValue): RepeatedKey | undefined {
  // Counting keys is fast; very few records need the walk.
  return keysOfBytes(bytes) === keysOfValue(value) ? undefined : find(text);
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Number of keys of all objects in JSON. (Reading bytes is twice as fast as reading UTF-16 units.) */
function keysOfBytes(bytes: Uint8Array): number {
  const end = bytes.length;
  let keys = 0;
  for (let pos = 0; pos < end; pos++) {
    const byte = bytes[pos];
    if (byte === COLON) keys++;
    if (byte !== QUOTE) continue;
    for (pos++; pos < end && bytes[pos] !== QUOTE; pos++) if (bytes[pos] === BACKSLASH) pos++;
  }
  return keys;
}

/** Number of keys of all objects in a value. */
function keysOfValue(value: JsonValue): number {
  let keys = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object') keys += keysOfValue(element);
  } else if (isObject(value)) {
    for (const key in value) {
      keys++;
      const member = value[key]!;
      if (typeof member === 'object') keys += keysOfValue(member);
    }
  }
  return keys;
}

/** An object or array that is being walked. */
interface Open {
  /** Keys so far, of an object. */
  readonly keys?: Set<string>;
  readonly path: string;
  /** Elements begun, of an array. */
  count: number;
  /** The key whose value comes next. */
  key?: string;
}

function find(text: string): RepeatedKey | undefined {
  const stack: Open[] = [];
  for (const [first, start, end] of tokensOf(text)) {
    const parent = stack.at(-1);
    if (first === ']' || first === '}') {
      stack.pop();
      continue;
    }
    if (parent?.keys && parent.key === undefined) {
      const key = JSON.parse(text.slice(start, end)) as string;
      if (parent.keys.has(key)) return { key, path: parent.path, at: start };
      parent.keys.add(key);
      parent.key = key;
      continue;
    }
    const path = parent ? memberPath(parent) : '';
    if (first === '{') stack.push({ keys: new Set(), path, count: 0 });
    else if (first === '[') stack.push({ path, count: 0 });
  }
  return undefined;
}

/** Path of the next value in an object or array; counts it as begun. */
function memberPath(parent: Open): string {
  const { path, key } = parent;
  if (key === undefined) return `${path}[${parent.count++}]`;
  delete parent.key;
  if (!/^[\p{ID_Start}_][\p{ID_Continue}_]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
