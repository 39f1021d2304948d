import { type JsonObject, type JsonValue, setOwn } from '../../client/format/json.ts';
import { malformed } from './malformed.ts';
import type { Place } from './types.ts';

/**
 * Parses the text of one value.
 *
 * @throws InputError if it is not JSON.
 */
export function parse(bytes: Buffer, place: Place): { text: string; value: JsonValue } {
  const text = bytes.toString();
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed({ bytes, place });
  }
  return { text, value: hasEscapedKey(text) ? parseByKeys(text) : value };
}

/** True if some key is written with an escape: a string that holds a backslash and has a colon after it. */
function hasEscapedKey(text: string): boolean {
  for (let at = text.indexOf('\\'); at >= 0; ) {
    const next = skipSpace(text, endOfString(text, at));
    if (text[next] === ':') return true;
    at = text.indexOf('\\', next);
  }
  return false;
}

/** Index after the closing quote, `from` being inside the string and not just after a backslash. */
function endOfString(text: string, from: number): number {
  let pos = from;
  while (text[pos] !== '"') pos += text[pos] === '\\' ? 2 : 1;
  return pos + 1;
}

function skipSpace(text: string, from: number): number {
  let pos = from;
  while (text[pos] === ' ' || text[pos] === '\n' || text[pos] === '\r' || text[pos] === '\t') pos++;
  return pos;
}

/**
 * Parses a text that is known to be JSON, key by key: `JSON.parse` of V8 13 and 14 (Node 24 to 26) takes a key that
 * is written with an escape for another one seen before (nodejs/node#63785), and this must lose nothing.
 */
function parseByKeys(text: string): JsonValue {
  const open: (JsonObject | JsonValue[])[] = [];
  let root: JsonValue = null;
  let key: string | undefined;
  const put = (value: JsonValue): void => {
    const parent = open.at(-1);
    if (parent === undefined) root = value;
    else if (Array.isArray(parent)) parent.push(value);
    else if (key === undefined) key = value as string;
    else {
      setOwn(parent, key, value);
      key = undefined;
    }
  };
  for (let pos = skipSpace(text, 0); pos < text.length; pos = skipSpace(text, pos)) {
    const start = pos++;
    const first = text[start]!;
    if (first === '{' || first === '[') {
      const container = first === '{' ? {} : [];
      put(container);
      open.push(container);
    } else if (first === '}' || first === ']') open.pop();
    else if (first !== ',' && first !== ':') {
      pos = first === '"' ? endOfString(text, pos) : endOfWord(text, pos);
      put(JSON.parse(text.slice(start, pos)));
    }
  }
  return root;
}

function endOfWord(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && !' \n\r\t,]}'.includes(text[pos]!)) pos++;
  return pos;
}
