/** The scanner in WebAssembly against that in JavaScript. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineScanner } from '#pipeline/source/json/engine-scanner.ts';
import { Scanner } from '#pipeline/source/json/scanner.ts';
import { input, readAll } from './source-tools.ts';

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom('"', '\\', '\\"', '{', '}', '[', ']', ',', ':', '\n', '\r\n', ' ', '1', 'é', '🌟', '\0'),
    fc.constantFrom('x'.repeat(7), 'x'.repeat(8), 'y'.repeat(40), ' '.repeat(20), '"ab"', '{"a":[1]}'),
  ),
  { maxLength: 40, size: 'max' },
);

/** The end of a value that is read view by view, with the lines; -1 if it does not end. */
function endOf(scanner: Scanner, bytes: Buffer, cuts: readonly number[]): number[] {
  let base = 0;
  let resume = -1;
  for (const cut of [...cuts, bytes.length]) {
    if (cut <= base) continue;
    const view = Buffer.from(bytes.subarray(base, cut));
    const from = resume < 0 ? scanner.enter(view, 0) : resume - base;
    const end = scanner.leave(view, from, base);
    if (end >= 0) return [base + end, scanner.line, scanner.lineStart];
    resume = base + ~end;
    base = cut;
  }
  return [-1, resume, scanner.line, scanner.lineStart];
}

test('the end of a value is the same, whatever its bytes and however views cut it', () => {
  const scanner = new EngineScanner();
  let ended = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('{', '[', '"'),
      pieces,
      fc.array(fc.nat(200), { maxLength: 4 }),
      (open, rest, at) => {
        const bytes = Buffer.from(open + rest.join(''));
        const cuts = at.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b);
        const expected = endOf(new Scanner(), bytes, cuts);
        if (expected[0]! >= 0) ended++;
        scanner.line = 1;
        scanner.lineStart = 0;
        expect(endOf(scanner, bytes, cuts)).toEqual(expected);
      },
    ),
    { numRuns: 5_000 },
  );
  expect(ended).toBeGreaterThan(300);
});

test('documents give the same records and the same places with small windows and records of many windows', async () => {
  const record = (i: number) =>
    `{"id":"${i}","x":1,\n"t":["${'\\"}\n'.repeat(i % 90)}"],"y":{}}`.replaceAll('\n"]', '"]');
  const text = `{"_meta":{},\n${Array.from({ length: 200 }, (_, i) => `"k${i}": ${record(i)}`).join(',\n')}}`;
  for (const windowBytes of [64, 500, 1 << 20]) {
    const [wasm, js] = await Promise.all(
      (['wasm', 'js'] as const).map(engine => readAll(input(text, [100]), { windowBytes, engine })),
    );
    expect(wasm).toEqual(js);
    expect(wasm!.records).toHaveLength(200);
  }
});
