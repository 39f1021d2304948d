import type { JsonValue } from '#format/json.ts';
import { parseJson } from '#format/record/parse-json.ts';
import type { SourceLocation } from '#pipeline/source/source-types.ts';
import { malformed } from './malformed.ts';

/**
 * Parses one JSON value.
 *
 * @throws InputError if it is malformed
 */
export function parse(bytes: Buffer, location: SourceLocation): { text: string; value: JsonValue } {
  const text = bytes.toString();
  try {
    return { text, value: parseJson(text) };
  } catch {
    throw malformed({ bytes, location });
  }
}
