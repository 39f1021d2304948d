/**
 * Counts the values in a catalogue that are records, or stand where one could: by rules of its own and JSON.parse, to
 * compare with what a build counts.
 */

/** Before each value of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = '\u001e';

/**
 * The numbers of records that a text may be read as: as a document, as lines, as values in a row, as a table. Bytes above
 * ASCII do not matter, so the text may be decoded as Latin-1.
 */
export function possibleCounts(text: string): Set<number> {
  const counts = new Set<number>();
  const lines = text.split('\n').map(line => line.replace(/^(?:[ \t\r]|\xef\xbb\xbf)+|[ \t\r]+$/g, ''));
  counts.add(lines.filter(line => line !== '').length);
  const bare = text.replace(/^(?:\s|\xef\xbb\xbf)+/, '');
  if (isJson(bare)) for (const count of documentCounts(bare)) counts.add(count);
  const values = valuesIn(text.replaceAll(RECORD_SEPARATOR, ' '));
  if (values !== undefined) counts.add(values);
  for (const delimiter of [',', '\t', ';', '|']) {
    const rows = rowsIn(bare, delimiter);
    if (rows !== undefined) counts.add(rows);
  }
  return counts;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Numbers of systems in a valid document: it may be one, an array, an object of them, or one around these. */
function documentCounts(text: string): number[] {
  if (text.startsWith('[')) return [itemsIn(text, 0).length];
  if (!text.startsWith('{')) return [1];
  return [
    1,
    ...[false, true].flatMap(geo => [keyedCount(text, 0, geo, true), keyedCount(text, 0, geo, false)]),
  ];
}

/** Members of an object of systems: the items of an array are systems too. */
function keyedCount(text: string, at: number, isGeoJson: boolean, hasWrapper: boolean): number {
  let count = 0;
  for (const { key, start } of itemsIn(text, at)) {
    const name: string = JSON.parse(key!);
    const isList = text[start] === '[' && !name.startsWith('_') && (!isGeoJson || name === 'features');
    if (isList) count += itemsIn(text, start).length;
    else if (hasWrapper && text[start] === '{' && /^(?:systems|data)$/.test(name))
      count += keyedCount(text, start, false, false);
    else count++;
  }
  return count;
}

interface Item {
  /** In an object, its key with quotes. */
  readonly key?: string;
  readonly start: number;
}

/** The members of an object, or the items of an array, in valid JSON. */
function itemsIn(text: string, at: number): Item[] {
  const items: Item[] = [];
  const isObject = text[at] === '{';
  let pos = skipSpace(text, at + 1);
  while (text[pos] !== '}' && text[pos] !== ']') {
    if (text[pos] === ',') pos = skipSpace(text, pos + 1);
    const keyEnd = isObject ? valueEnd(text, pos) : pos;
    const start = isObject ? skipSpace(text, skipSpace(text, keyEnd) + 1) : pos;
    items.push(isObject ? { key: text.slice(pos, keyEnd), start } : { start });
    pos = skipSpace(text, valueEnd(text, start));
  }
  return items;
}

function skipSpace(text: string, at: number): number {
  let pos = at;
  while (' \t\r\n'.includes(text[pos] ?? '-')) pos++;
  return pos;
}

/** The end of the value that begins at `at`, by brackets and quotes alone. */
function valueEnd(text: string, at: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[[{]|[\]}]|[^\s"[\]{},:]+/gsy;
  let depth = 0;
  for (let pos = at; pos < text.length; ) {
    token.lastIndex = pos;
    const found = token.exec(text)?.[0];
    if (found === undefined) {
      pos++;
      continue;
    }
    pos += found.length;
    if (found === '{' || found === '[') depth++;
    else if (found === '}' || found === ']') depth--;
    if (depth <= 0) return pos;
  }
  return text.length;
}

/** The number of values that follow each other; undefined if one is not JSON. */
function valuesIn(text: string): number | undefined {
  const between = /(?:\s|\xef\xbb\xbf)*/y;
  let count = 0;
  for (let pos = 0; ; count++) {
    between.lastIndex = pos;
    pos += between.exec(text)![0].length;
    if (pos === text.length) return count;
    const end = valueEnd(text, pos);
    if (end === pos || !isJson(text.slice(pos, end))) return undefined;
    pos = end;
  }
}

/**
 * The number of rows after the header that are not blank (RFC 4180); undefined if the header has one cell, or a quote is
 * not closed.
 */
function rowsIn(text: string, delimiter: string): number | undefined {
  const body = text.replace(/^(?:(?:#[^\n]*|[^\S\n]*)\n)*/, '');
  const cell = new RegExp(`[ ]?(?:"((?:[^"]|"")*)"|([^"\\r\\n${delimiter}][^\\r\\n${delimiter}]*)?)`, 'y');
  let rows = 0;
  let cells: string[] = [];
  for (let pos = 0; pos < body.length; ) {
    cell.lastIndex = pos;
    const [all, quoted, plain] = cell.exec(body)!;
    cells.push(quoted ?? plain ?? '');
    pos += all.length;
    if (body[pos] === delimiter && pos + 1 < body.length) {
      pos++;
      continue;
    }
    const end = /[\r\n]|$/y;
    end.lastIndex = pos + (body[pos] === delimiter ? 1 : 0);
    if (!end.test(body)) return undefined;
    if (rows === 0 && cells.length === 1) return undefined;
    if (cells.length > 1 || cells[0]!.trim() !== '') rows++;
    cells = [];
    pos = body.startsWith('\r\n', pos) ? pos + 2 : pos + 1;
  }
  return rows === 0 ? undefined : rows - 1;
}
