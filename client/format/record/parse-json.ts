/** JSON texts as values, without loss where the platform's parser or a float64 would lose something. */
import { type JsonObject, type JsonValue, setOwn } from '#format/json.ts';

/**
 * Parses a JSON text.
 * @throws SyntaxError if it is none
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return hasEscapedKey(text) ? parseByKeys(text) : value;
}

/**
 * The text of an integer as it stands in a JSON text, with digits that its float64 may lack; of any other number as
 * ECMAScript writes it.
 * @param path keys and indices that lead to the number in the parsed text, as `['id']`
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

/** True if some key is written with an escape: a string that holds a backslash and has a colon after it. */
function hasEscapedKey(text: string): boolean {
  for (let at = text.indexOf('\\'); at >= 0; ) {
    const next = skipSpace(text, endOfString(text, at));
    if (text[next] === ':') return true;
    at = text.indexOf('\\', next);
  }
  return false;
}

/** Index after the closing quote, `from` being inside the string and not just after a backslash; at most the end. */
export function endOfString(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && text[pos] !== '"') pos += text[pos] === '\\' ? 2 : 1;
  return Math.min(pos + 1, text.length);
}

/** Index of the first character that is no JSON whitespace. */
export function skipSpace(text: string, from: number): number {
  let pos = from;
  while (text[pos] === ' ' || text[pos] === '\n' || text[pos] === '\r' || text[pos] === '\t') pos++;
  return pos;
}

/** Index after the number or word that holds `from`. */
export function endOfWord(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && !' \n\r\t,]}'.includes(text[pos]!)) pos++;
  return pos;
}

/** Index after the value that begins at `at`, by its quotes and brackets alone; the text's end if they never close. */
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
