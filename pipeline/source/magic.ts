/** Recognises input of other formats by its first bytes or words, for error messages. */
import { InputError } from '#pipeline/errors.ts';

/** Formats that a build reads, for messages. */
export const FORMATS = 'JSON, NDJSON, GeoJSON, CSV, TSV or a file of SQLite';

/** First bytes as Latin-1, the message, and the offset of the bytes (default 0). */
const KINDS: readonly (readonly [magic: string, message: string, at?: number])[] = [
  [
    'SQLite format 3\0',
    'is an SQLite database inside a stream: give the path of the database itself, unpacked',
  ],
  [
    'PAR1',
    "is a Parquet file: write it as CSV first, for example by duckdb -c \"COPY (FROM 'FILE') TO 'out.csv'\"",
  ],
  ['ARROW1', 'is an Arrow file: write it as CSV or NDJSON first'],
  ['\x89HDF', 'is an HDF5 file: write it as CSV first'],
  ['SIMPLE  =', 'is a FITS file: write its table as CSV first, as TOPCAT and astropy do'],
  ['DUCK', 'is a DuckDB database: write its table as CSV first', 8],
  ['%PDF', 'is a PDF document'],
  ['\x89PNG', 'is a PNG image'],
  ['\xff\xd8\xff', 'is a JPEG image'],
  ['GIF8', 'is a GIF image'],
  ['\x7fELF', 'is a program'],
  ['Rar!', 'is a RAR archive: unpack it first'],
  ["7z\xbc\xaf'\x1c", 'is a 7-Zip archive: unpack it first'],
  ['\xfd7zXZ\0', 'is xz data: unpack it first, or use gzip or zstd'],
  ['BZh', 'is bzip2 data: unpack it first, or use gzip or zstd'],
  ['\x04"M\x18', 'is LZ4 data: unpack it first, or use gzip or zstd'],
  ['\x1f\x8b', 'is compressed twice (gzip data inside): unpack it once'],
  ['\x28\xb5\x2f\xfd', 'is compressed twice (zstd data inside): unpack it once'],
  ['ustar', 'is a tar archive: unpack it first', 257],
  ['\xff\xfe', 'is UTF-16 or UTF-32 text: convert it to UTF-8'],
  ['\xfe\xff', 'is UTF-16 text: convert it to UTF-8'],
  ['\0\0\xfe\xff', 'is UTF-32 text: convert it to UTF-8'],
];

const HEAD_BYTES = 4096;
/** Number of first bytes that must be free of control characters; later cells or strings may have some. */
const FIRST_BYTES = 16;
/** Names of parts of a workbook; most archives have one in their first bytes. */
const WORKBOOK = /\[Content_Types\]\.xml|xl\/|mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/;

/** @throws InputError if the first bytes of an input show that it is not UTF-8 text */
export function refuseBinary(bytes: Buffer, file: string): void {
  const head = bytes.toString('latin1', 0, HEAD_BYTES);
  if (head.startsWith('PK\x03\x04')) {
    const reason = WORKBOOK.test(head)
      ? 'is a spreadsheet: save its sheet as CSV (UTF-8)'
      : 'is a ZIP archive: unpack it first';
    throw inputError(file, reason);
  }
  const kind = KINDS.find(([magic, , at = 0]) => head.startsWith(magic, at));
  if (kind) throw inputError(file, `${kind[1]}; expected ${FORMATS}`);
  if (bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0)) {
    throw inputError(file, 'looks like UTF-16 text (every other byte is zero): convert it to UTF-8');
  }
  if (!/^\s*[[{"]/.test(head) && bytes.subarray(0, FIRST_BYTES).some(isControl)) {
    const start = bytes.toString('hex', 0, 8);
    throw inputError(file, `is binary data (it begins with ${start}): expected ${FORMATS}`);
  }
}

/** True for control bytes that occur in no text encoding. */
function isControl(byte: number): boolean {
  return byte < 0x09 || (byte > 0x0d && byte < 0x1b) || byte === 0x7f;
}

/** First words of other text formats, and the message. */
const TEXTS: readonly (readonly [pattern: RegExp, message: string])[] = [
  [
    /^\/[/*]|^#[^\n]*(\n\s*#[^\n]*)*\n\s*[[{]/,
    'looks like JSON with comments, which JSON does not allow: remove them',
  ],
  [/^<(!doctype\s+html|html)\b/i, 'is a web page, not the data: check the URL that it was fetched from'],
  [/^<\?xml|^<VOTABLE/i, 'is XML: write it as JSON or CSV first'],
  [
    /^(?:const|let|var|export|import)\s+[\w{*]|^(?:module\.exports|window\.\w+)\s*=/,
    'looks like JavaScript: keep only the JSON, with keys and strings in double quotes',
  ],
  [/^---\s/, 'looks like YAML: write it as JSON first'],
];

/** @throws InputError if an input, after white space, begins like another known text format */
export function refuseText(text: Buffer, file: string): void {
  const head = text.toString('utf8', 0, HEAD_BYTES);
  const kind = TEXTS.find(([pattern]) => pattern.test(head));
  if (kind) throw inputError(file, kind[1]);
}

function inputError(file: string, reason: string): InputError {
  return new InputError(`${file} ${reason}`, { file, reason });
}
