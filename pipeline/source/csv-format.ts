/** Detects CSV and TSV by the first lines of an input. */
import { HASH, NEWLINE, QUOTE, RETURN } from './ascii.ts';
import { isExportHeader } from './csv-row.ts';

export interface CsvFormat {
  /** Name for messages. */
  readonly name: string;
  /** The delimiter; if cells are padded, first the delimiter followed by a space. */
  readonly delimiters: string[];
  /** Bytes and lines before the header: comments that begin with #, blank lines. */
  readonly skipped: { readonly bytes: number; readonly lines: number };
  /** True for the columns of `export --to x.csv`. */
  readonly isExport: boolean;
}

const DELIMITERS = [
  { text: ',', name: 'CSV' },
  { text: '\t', name: 'TSV' },
  { text: ';', name: 'CSV with semicolons' },
  { text: '|', name: 'CSV with vertical bars' },
];

/**
 * The format of an input whose first line (after comments) has delimiters outside quotes and is not JSON; undefined
 * for any other input.
 * @param at index of the first byte of a line
 */
export function csvFormat(head: Buffer, at: number): CsvFormat | undefined {
  let pos = at;
  let lines = 0;
  let hasComments = false;
  for (;;) {
    const end = lineEnd(head, pos);
    if (head[pos] === HASH) hasComments = true;
    else if (head.toString('latin1', pos, end).trim() !== '') break;
    if (end === head.length) return undefined;
    pos = end + 1;
    lines++;
  }
  const header = headerLine(head, pos);
  if (/^\s*[[{]/.test(header)) return undefined;
  // A string in JSON, since no delimiter follows it.
  if (/^\s*"(?:[^"]|"")*"(?:[^\S\t]*[^,;|\s]|\s*:)/.test(header)) return undefined;
  const bare = header.replace(/"(?:[^"]|"")*"/g, '""');
  // Tabs around all cells may be the white space around a value of JSON.
  const counts = DELIMITERS.map(({ text }) => bare.trim().split(text).length - 1);
  const most = Math.max(...counts);
  if (most === 0) return undefined;
  const { text, name } = DELIMITERS[counts.indexOf(most)]!;
  const columns = header.split(text).map(cell => cell.trim().replace(/^"(.*)"$/, '$1'));
  const isPadded = bare.split(text).every((cell, i) => i === 0 || /^ \S/.test(cell));
  return {
    name: hasComments ? `${name} with comment lines` : name,
    delimiters: isPadded ? [`${text} `, text] : [text],
    skipped: { bytes: pos - at, lines },
    isExport: isExportHeader(columns),
  };
}

function lineEnd(head: Buffer, from: number): number {
  const newline = head.indexOf(NEWLINE, from);
  return newline < 0 ? head.length : newline;
}

/** The line at `from`, up to a line end outside quotes. */
function headerLine(head: Buffer, from: number): string {
  let inQuotes = false;
  let pos = from;
  for (; pos < head.length; pos++) {
    const byte = head[pos];
    if (byte === QUOTE) inQuotes = !inQuotes;
    else if (!inQuotes && (byte === NEWLINE || byte === RETURN)) break;
  }
  return head.toString('latin1', from, pos);
}
