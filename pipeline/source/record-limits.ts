import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '#format/json.ts';
import { type Rejection, unfitKeys, unfitText } from '#format/record/limits.ts';
import { placeAfter } from './json/malformed.ts';
import type { SourceLocation } from './source-types.ts';

/** Maximum size of a `_meta` that is kept, in bytes of JSON. */
export const MAX_META_BYTES = 1024 * 1024;

export const NOT_UTF8 = 'it is not valid UTF-8: convert the file to UTF-8';

/**
 * Reason why a value cannot be stored without loss, or undefined; `value` was parsed from `text`, and `text` decoded
 * from `bytes`.
 */
export function unfit(
  bytes: Buffer,
  text: string,
  value: JsonValue,
  location: SourceLocation,
): Rejection | undefined {
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return { reason: NOT_UTF8 };
  return (
    unfitText(text, value) ??
    unfitKeys(text, bytes, value, at => {
      const before = Buffer.byteLength(text.slice(0, at));
      // The JSON of a row of a database is in no file.
      if (location.line === 0) return `byte ${before} of its JSON`;
      const { line, column, offset } = placeAfter(location, bytes, before);
      return `line ${line}, column ${column} (byte ${offset})`;
    })
  );
}
