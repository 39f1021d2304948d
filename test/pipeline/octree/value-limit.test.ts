import { expect, test } from 'vitest';
import { packColumn } from '#format/index.ts';
import { InputError } from '#pipeline/index.ts';
import { withinLimit } from '#pipeline/octree/value-limit.ts';

test('a file of more values than readers accept is an error that says how to make it smaller', () => {
  const lists = [[], [1, 2], []];
  // Three lists, their three lengths, and two numbers.
  const encode = () => packColumn(lists);
  const pack = (most: number) => withinLimit(encode, () => 'the records of 3 systems', 'give less', most);
  expect(pack(8)).toEqual(encode());
  expect(() => pack(7)).toThrow(InputError);
  expect(() => pack(7)).toThrow(
    'the records of 3 systems have 8 values in one file, more than the 7 of the format: give less',
  );
});
