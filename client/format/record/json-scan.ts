/**
 * Finds the borders of values in JSON that is in memory, by quotes, brackets and separators only. Bytes that arrive
 * piece by piece have a scanner of their own, which can pause anywhere and counts lines (pipeline/source/json/scanner);
 * stream-json explains syntax errors (pipeline/source/json/malformed).
 */

/** Index of the first character that is not JSON white space. */
export function skipSpace(text: string, from: number): number {
  let pos = from;
  while (text[pos] === ' ' || text[pos] === '\n' || text[pos] === '\r' || text[pos] === '\t') pos++;
  return pos;
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

/** Index after the number or literal that contains `from`. */
function endOfWord(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && !' \n\r\t,]}'.includes(text[pos]!)) pos++;
  return pos;
}

/** Index after the value that begins at `at`; the length if it does not end. */
export function endOfValue(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at + 1);
  if (!isOpening(text[at])) return endOfWord(text, at);
  let depth = 0;
  for (let pos = at; pos < text.length; pos++) {
    const char = text[pos];
    if (char === '"') pos = endOfString(text, pos + 1) - 1;
    else if (isOpening(char)) depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return pos + 1;
  }
  return text.length;
}

function isOpening(char: string | undefined): boolean {
  return char === '{' || char === '[';
}

/** A member of an object. */
export type Member = [key: string, nested: boolean, value: number];

/**
 * The members of the object at `at`: of each its key, whether its value is an object or array, and the
 * index of the value. Stops at a syntax error, and at the end of a text that is cut.
 */
export function* membersAt(text: string, at: number): Generator<Member, void, undefined> {
  let pos = at;
  do {
    const key = skipSpace(text, pos + 1);
    if (text[key] !== '"') return;
    const end = endOfString(text, key + 1);
    const colon = skipSpace(text, end);
    if (text[colon] !== ':') return;
    const value = skipSpace(text, colon + 1);
    if (value >= text.length) return;
    yield [unescaped(text.slice(key + 1, end - 1)), isOpening(text[value]), value];
    pos = skipSpace(text, endOfValue(text, value));
  } while (text[pos] === ',');
}

/** The key that a string of JSON writes; as it stands if an escape is malformed. */
function unescaped(key: string): string {
  if (!key.includes('\\')) return key;
  try {
    return JSON.parse(`"${key}"`);
  } catch {
    return key;
  }
}

/** The brackets, strings, numbers and literals of valid JSON: of each its first character and its borders. */
export function* tokensOf(
  text: string,
): Generator<[first: string, start: number, end: number], void, undefined> {
  for (let pos = skipSpace(text, 0); pos < text.length; pos = skipSpace(text, pos)) {
    const start = pos++;
    const first = text[start]!;
    if (first === ',' || first === ':') continue;
    if (first === '"') pos = endOfString(text, pos);
    else if (!'{}[]'.includes(first)) pos = endOfWord(text, pos);
    yield [first, start, pos];
  }
}
