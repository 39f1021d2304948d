import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { possibleCounts } from '#build/count-records.ts';
import { mutate, READERS } from '#build/mutated-inputs.ts';
import { seeded } from '#test/support/arbitrary.ts';
import { runProcess } from '#test/support/run-command.ts';

const MUTATE = fileURLToPath(new URL('../../build/mutate.ts', import.meta.url));

/** Damaged inputs for all readers together; `npm run examine` reads 100,000. */
const INPUTS = Number(process.env['HAVEN_TEST_MUTATIONS'] ?? 240);

test('each damaged catalogue gives a set that counts every record, or an error that names the file, by both engines', async () => {
  const { code, stdout } = await runProcess(process.execPath, [MUTATE, '--inputs', `${INPUTS}`]);
  expect(code, stdout).toBe(0);
  const rows = stdout.matchAll(/^\| ([A-Z ]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) /gim);
  const found = Array.from(rows, ([, reader, ...counts]) => ({ reader, counts: counts.map(Number) }));
  expect(found.map(({ reader }) => reader)).toEqual(Object.keys(READERS));
  for (const { reader, counts } of found) {
    const [inputs, sets, refused, systems] = counts as [number, number, number, number];
    expect(inputs, reader).toBeGreaterThanOrEqual(Math.floor(INPUTS / found.length));
    expect(sets + refused, reader).toBe(inputs);
    // Both outcomes are met.
    expect(Math.min(sets, refused, systems), reader).toBeGreaterThan(0);
  }
  if (process.env['HAVEN_TEST_MUTATIONS']) console.log(stdout);
});

test('the same numbers make the same damage', () => {
  for (const [reader, make] of Object.entries(READERS)) {
    const [first, same, other] = [5, 5, 6].map(seed => {
      const random = seeded(seed);
      return mutate(make(random), random).toString('hex');
    });
    expect(same, reader).toBe(first);
    expect(other, reader).not.toBe(first);
  }
});

describe('the records of a text are counted', () => {
  test.each([
    ['an array', '[{"x":1}, "b", null]', 3],
    ['an array with brackets in strings', '[{"a":"]}"},{"b":"\\"[{"}]', 2],
    ['an object of systems', '{"_meta":{"a":[1,2]},"A":{"x":1},"A":{"x":2},"b":7}', 4],
    ['systems by region', '{"A":[{},{}],"B":[],"C":[1]}', 3],
    ['systems in an object', '{"title":"t","systems":{"A":{},"B":{}}}', 3],
    ['features', '{"type":"FeatureCollection","features":[{},{}]}', 3],
    ['lines', '{"x":1}\n\n {"x":2} \r\n\ufeff{"x":3}', 3],
    ['values over lines', '{\n"x":1}{"x":2}\n"three"', 3],
    ['a text sequence', '\u001e{"x":\n1}\n\u001e{"x":2}\n', 2],
    ['CSV', '# c\nid,x\r\n"a\n""b",1\n\nc,2', 2],
    ['TSV', 'id\tx\na\t1\n\t\nb\t2\n', 3],
  ])('%s', (_, text, count) => {
    expect(possibleCounts(Buffer.from(text).toString('latin1'))).toContain(count);
  });

  test('no number is possible for a text that is none of these', () => {
    expect([...possibleCounts('[{"x":1}')]).toEqual([1]);
  });
});
