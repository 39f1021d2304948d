/** Reads which systems are to be deleted: records, or ids and names alone. */
import { isUtf8 } from 'node:buffer';
import { integerText } from '#format/record/parse-json.ts';
import { textBytes } from './bytes.ts';
import { readRecords } from './index.ts';
import { parse } from './json/parse-record.ts';
import { NOT_UTF8 } from './record-limits.ts';
import type { Input, RawRecord, SourceEvents, SourceLocation } from './source-types.ts';
import { textLines } from './text-lines.ts';

/** An id or a name. */
export interface DeletedText {
  readonly text: string;
  readonly location: SourceLocation;
}

type Events = Pick<SourceEvents, 'onReject' | 'onSkip'>;

/** Bytes from which the format is detected. */
const HEAD_BYTES = 1 << 16;

/**
 * Reads an input, by its content: a database; JSON, if it begins with `{`, `[` or `"`; CSV or TSV, if one of the columns
 * in its first line is `id` or `name`; else a text with an id or name in each line.
 * Yields records, and strings and numbers that are ids or names, in batches.
 */
export async function* deletedNames(
  input: Input,
  events: Events,
  signal: AbortSignal | undefined,
): AsyncGenerator<(RawRecord | DeletedText)[], void, void> {
  if (input.records) return yield* readRecords(input, events, { signal });
  const bytes = textBytes(input, {}, signal);
  try {
    let head: Buffer = Buffer.alloc(0);
    for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
      head = Buffer.concat([head, next.value]);
      if (head.length >= HEAD_BYTES) break;
    }
    // The bytes are read once, and decompressed already.
    const opened: Input = {
      ...{ file: input.file, index: input.index },
      async *open() {
        if (head.length > 0) yield head;
        yield* bytes;
      },
    };
    yield* hasRecords(head) ? jsonNames(opened, events, signal) : lineNames(opened, events, signal);
  } finally {
    // A reader that fails in the first bytes does not read the others.
    await bytes.return(undefined);
  }
}

function hasRecords(head: Buffer): boolean {
  const text = head.toString('utf8').replace(/^[\s\uFEFF]+/, '');
  if (/^[{["]/.test(text)) return true;
  const [first = ''] = text.split(/[\r\n]/, 1);
  return [',', '\t', ';', '|'].some(delimiter => {
    const columns = first.split(delimiter).map(cell => cell.trim().replace(/^"(.*)"$/, '$1'));
    return columns.length > 1 && columns.some(name => name === 'id' || name === 'name');
  });
}

async function* jsonNames(
  input: Input,
  events: Events,
  signal: AbortSignal | undefined,
): AsyncGenerator<(RawRecord | DeletedText)[], void, void> {
  for await (const batch of readRecords(input, events, { signal, isPartial: true })) yield batch.map(asText);
}

/** A string, or a number with all its digits; else the record itself. */
function asText(raw: RawRecord): RawRecord | DeletedText {
  const first = String.fromCharCode(raw.bytes[0]!);
  if (!/["\d-]/.test(first)) return raw;
  const { text, value } = parse(raw.bytes, raw.location);
  return { text: typeof value === 'string' ? value : integerText(`[${text}]`, [0]), location: raw.location };
}

async function* lineNames(
  input: Input,
  events: Events,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeletedText[], void, void> {
  for await (const lines of textLines(input, {}, signal)) {
    yield lines.flatMap(({ bytes, location }) => {
      if (isUtf8(bytes)) return [{ text: bytes.toString(), location }];
      events.onReject?.({ location, reason: NOT_UTF8 });
      return [];
    });
  }
}
