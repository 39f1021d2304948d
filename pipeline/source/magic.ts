import { InputError } from '../errors.ts';

/** First bytes of what people hand over by mistake, as Latin-1, and what to say. */
const KINDS: [magic: string, what: string][] = [
  [
    'SQLite format 3\0',
    'is an SQLite database inside a stream: give the path of the database itself, unpacked',
  ],
  ['\x89PNG', 'is a PNG image: expected JSON or NDJSON'],
  ['PK\x03\x04', 'is a ZIP archive: unpack it first'],
  ['\x28\xb5\x2f\xfd', 'is Zstandard data: unpack it first, or use gzip'],
  ['\xfd7zXZ\0', 'is xz data: unpack it first, or use gzip'],
  ['BZh', 'is bzip2 data: unpack it first, or use gzip'],
  ['\x1f\x8b', 'was packed by gzip twice: unpack it once'],
  ['\xff\xfe', 'is UTF-16 or UTF-32 text: convert it to UTF-8'],
  ['\xfe\xff', 'is UTF-16 text: convert it to UTF-8'],
  ['\0\0\xfe\xff', 'is UTF-32 text: convert it to UTF-8'],
];

/** @throws InputError if a text's first bytes say that it is no UTF-8 text at all. */
export function refuseBinary(head: Buffer, file: string): void {
  const start = head.toString('latin1', 0, 16);
  const kind = KINDS.find(([magic]) => start.startsWith(magic));
  if (kind) throw new InputError(`${file} ${kind[1]}`);
  if (head.length > 1 && (head[0] === 0) !== (head[1] === 0)) {
    throw new InputError(`${file} looks like UTF-16 text (every other byte is zero): convert it to UTF-8`);
  }
  if (!/^[\s[{"\-0-9tfn]/.test(start) && /\p{Cc}/u.test(start)) {
    throw new InputError(
      `${file} is binary data (it begins with ${head.toString('hex', 0, 8)}): expected JSON or NDJSON`,
    );
  }
}
