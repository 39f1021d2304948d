import { expect, test } from 'vitest';
import { InputError } from '#pipeline/index.ts';
import { Entries } from '#pipeline/spill/entries.ts';

test('entries that offsets of 32 bits cannot reach are refused before their memory is allocated', () => {
  const entries = new Entries();
  entries.add(['key']);
  for (const most of [2 ** 32 - 20, 2 ** 40]) expect(() => entries.begin(most)).toThrow(InputError);
  expect(() => entries.reserve(2 ** 32)).toThrow(InputError);
  entries.add(['next']);
  expect(entries.starts.length).toBe(2);
});
