import { createHash } from 'node:crypto';
import type { JsonValue } from '../client/format/json.ts';
import { normaliseRecord, type Outcome } from '../client/format/normalise.ts';
import { integerText } from '../client/format/parse.ts';
import { unfit } from './source/fitness.ts';
import { parse } from './source/parse.ts';
import type { RawRecord } from './source/types.ts';

/**
 * Makes a system of a record's JSON text.
 *
 * @throws InputError if the bytes are not JSON.
 */
export function normalise(raw: RawRecord): Outcome {
  const { text, value } = parse(raw.bytes, raw.place);
  const refusal = unfit(raw.bytes, text, value, raw.place);
  if (refusal) return { kind: 'reject', ...refusal };
  return normaliseValue(raw, text, value);
}

/** The same for a record that was accepted before: what cannot be kept is not looked for again. */
export function normaliseAgain(raw: RawRecord): Outcome {
  const { text, value } = parse(raw.bytes, raw.place);
  return normaliseValue(raw, text, value);
}

function normaliseValue(raw: RawRecord, text: string, value: JsonValue): Outcome {
  return normaliseRecord(value, raw, { sha256, digits: field => integerText(text, [field]) });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
