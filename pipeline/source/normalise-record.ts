import { createHash } from 'node:crypto';
import type { JsonValue } from '#format/json.ts';
import { normaliseRecord, type Outcome } from '#format/record/normalise.ts';
import { integerText } from '#format/record/parse-json.ts';
import { parse } from './json/parse-record.ts';
import { unfit } from './record-limits.ts';
import type { RawRecord } from './source-types.ts';

/**
 * Converts a record in JSON to a system, or rejects it.
 *
 * @throws InputError if the bytes are not valid JSON
 */
export function normalise(raw: RawRecord): Outcome {
  const { text, value } = parse(raw.bytes, raw.location);
  const refusal = unfit(raw.bytes, text, value, raw.location);
  if (refusal) return { kind: 'reject', ...refusal };
  return normaliseValue(raw, text, value);
}

/** Like `normalise`, for a record that was accepted before: does not repeat the checks. */
export function normaliseAgain(raw: RawRecord): Outcome {
  const { text, value } = parse(raw.bytes, raw.location);
  return normaliseValue(raw, text, value);
}

function normaliseValue(raw: RawRecord, text: string, value: JsonValue): Outcome {
  return normaliseRecord(value, raw, { sha256, digits: field => integerText(text, [field]) });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
