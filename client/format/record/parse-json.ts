/** Parses JSON without the losses of the platform's parser and of float64. */
import { type JsonObject, type JsonValue, setOwn } from '#format/json.ts';

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
 * Index after the closing quote of the string that contains `from`, which must not follow a backslash; at most the
 * length.
 */
export function endOfString(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && text[pos] !== '"') pos += text[pos] === '\\' ? 2 : 1;
  return Math.min(pos + 1, text.length);
}

/** Index of the first character that is not JSON white space. */
export function skipSpace(text: string, from: number): number {
  let pos = from;
  while (text[pos] === ' ' || text[pos] === '\n' || text[pos] === '\r' || text[pos] === '\t') pos++;
  return pos;
}

/** Index after the number or literal that contains `from`. */
export function endOfWord(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && !' \n\r\t,]}'.includes(text[pos]!)) pos++;
  return pos;
}

/** Index after the value that begins at `at`, judged by quotes and brackets only; the length if they never close. */
export function endOfValue(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at + 1);
  if (text[at] !== '{' && text[at] !== '[') return endOfWord(text, at);
  let depth = 0;
  for (let pos = at; pos < text.length; pos++) {
    const char = text[pos];
    if (char === '"') pos = endOfString(text, pos + 1) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return pos + 1;
  }
  return text.length;
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
