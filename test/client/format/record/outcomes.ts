/** Normalises one record that is given as text. */
import type { Outcome } from '#format/record/normalise.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';

const location = { file: 'test.json', input: 0, offset: 0, line: 1, column: 1 };

export function normalised(text: string | Buffer, around: { key?: string; region?: string } = {}): Outcome {
  return normalise({ bytes: Buffer.from(text), location, ...around });
}

/** The system of a record, given by its members but for the coordinates. */
export function system(members: string, around: { key?: string; region?: string } = {}) {
  const outcome = normalised(`{"x":1,"y":2,"z":3${members && `,${members}`}}`, around);
  if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
  return outcome;
}

export function refusal(text: string | Buffer, around: { key?: string; region?: string } = {}) {
  const outcome = normalised(text, around);
  if (outcome.kind !== 'reject') throw new Error(JSON.stringify(outcome));
  return outcome;
}
