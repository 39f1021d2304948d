/** JSON of the files of a run: keeps -0, and leaves out undefined members. */

import type { JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';

export function runJson(value: unknown): Buffer {
  return Buffer.from(jsonText(value as JsonValue));
}
