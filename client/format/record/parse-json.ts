/** Parses JSON without the losses of the platform's parser and of float64. */
import { type JsonObject, type JsonValue, setOwn } from '#format/json.ts';
import { endOfString, skipSpace, tokensOf } from './json-scan.ts';

/**
 * Parses JSON.
 * @throws SyntaxError if it is malformed
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return hasEscapedKey(text) ? parseByKeys(text) : value;
}

/**
 * The original digits of an integer in JSON, which its float64 may have lost; any other number as ECMAScript writes
 * it.
 * @param path keys and indexes that lead to the number, such as `['id']`
 */
export function integerText(text: string, path: readonly (string | number)[]): string {
  const sources = new Map<unknown, string>();
  const last = String(path.at(-1));
  const remember = function (
    this: unknown,
    key: string,
    value: unknown,
    context?: { source?: string },
  ): unknown {
    if (key === last && context?.source !== undefined) sources.set(this, context.source);
    return value;
  };
  let holder: unknown = JSON.parse(text, remember);
  for (const step of path.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[step];
  const source = sources.get(holder) ?? '';
  return /^-?\d+$/.test(source) ? source : String((holder as Record<string, unknown>)[last]);
}

/** True if a key has an escape: a string with a backslash, followed by a colon. */
function hasEscapedKey(text: string): boolean {
  for (let at = text.indexOf('\\'); at >= 0; ) {
    const next = skipSpace(text, endOfString(text, at));
    if (text[next] === ':') return true;
    at = text.indexOf('\\', next);
  }
  return false;
}

/**
 * Parses valid JSON key by key: `JSON.parse` of V8 13 and 14 (Node 24 to 26) may confuse a key that is written with
 * an escape with an earlier key (nodejs/node#63785).
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
  for (const [first, start, end] of tokensOf(text)) {
    if (first === '}' || first === ']') open.pop();
    else if (first === '{' || first === '[') {
      const container = first === '{' ? {} : [];
      put(container);
      open.push(container);
    } else put(scalarOf(text.slice(start, end)));
  }
  return root;
}

/** The value of a valid string, number or literal. */
function scalarOf(text: string): JsonValue {
  return text[0] === '"' && !text.includes('\\') ? text.slice(1, -1) : JSON.parse(text);
}
