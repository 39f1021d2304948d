/** `npm start`: what it shows of the bundled catalogue, and of catalogues of any size and shape. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { densestSystem } from '#build/densest.ts';
import { runProcess } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const START = fileURLToPath(new URL('../../build/start.ts', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

const run = (...args: string[]) => runProcess(process.execPath, [START, ...args]);

/** The rows of the table under a heading. */
const rowsUnder = (stdout: string, heading: RegExp) => {
  const lines = stdout.split('\n');
  const from = lines.findIndex(line => heading.test(line));
  const to = lines.findIndex((line, i) => i > from && /^ {2}\d+ requests?, /.test(line));
  return lines.slice(from + 2, to).map(line => line.trim().split(/ {2,}/));
};

describe('npm start', () => {
  test('shows the ten systems nearest to the Sun', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('317 systems, 297 planets, 39 moons, 1 station\n');
    const rows = rowsUnder(stdout, /^Within 8\.79 ly of the Sun$/);
    expect(rows).toHaveLength(10);
    expect(rows[1]).toEqual([
      'Proxima Centauri',
      '4.2465',
      'Centaurus',
      'Proxima Centauri b, Proxima Centauri d',
    ]);
  });

  test.each([1, 10, 11, 2_000])('finds ten of %i systems around one of them', async count => {
    const file = join(folder.path, `${count}.ndjson`);
    // Flat, and denser towards the origin.
    const at = (i: number) => ({
      x: (1 + i) ** 2 * 1e-5 * Math.cos(i),
      y: (1 + i) ** 2 * 1e-5 * Math.sin(i),
      z: 0,
    });
    const lines = Array.from({ length: count }, (_, i) => `${JSON.stringify({ name: `S${i}`, ...at(i) })}\n`);
    writeFileSync(file, lines.join(''));
    const { code, stdout, stderr } = await run(file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = rowsUnder(stdout, /^Within \S+ of S\d+, where systems are densest$/);
    expect(rows).toHaveLength(Math.min(10, count));
    expect(Number(rows[0]![1])).toBe(0);
    expect(Number(rows[0]![0]!.slice(1))).toBeLessThan(Math.max(20, count / 10));
  });

  test('a catalogue without systems', async () => {
    const file = join(folder.path, 'empty.json');
    writeFileSync(file, '[]');
    const { code, stdout } = await run(file);
    expect(code).toBe(0);
    expect(stdout).toContain('0 systems');
  });

  test.each([
    [['a.json', 'b.json'], 'give one catalogue or none'],
    [['--help'], 'give one catalogue or none'],
    [['nowhere.json'], '"nowhere.json" does not exist'],
  ])('%j: exit code 2', async (args, message) => {
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });
});

describe('the densest system', () => {
  // Mostly small, so that several systems share a point.
  const coordinate = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -1, max: 1 }) },
    { weight: 1, arbitrary: fc.integer({ min: -1000, max: 1000 }) },
  );
  const system = fc.record({
    id: fc.string(),
    name: fc.string(),
    x: coordinate,
    y: coordinate,
    z: coordinate,
    region: fc.string(),
  });

  test('has the nearest k-th neighbour of all', () => {
    fc.assert(
      fc.property(
        fc.array(system, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (sample, k) => {
          const reach = (from: (typeof sample)[number]) =>
            sample.map(({ x, y, z }) => Math.hypot(x - from.x, y - from.y, z - from.z)).sort((a, b) => a - b)[
              Math.min(k, sample.length - 1)
            ]!;
          const found = densestSystem(sample, k)!;
          const positive = sample.map(reach).filter(distance => distance > 0);
          expect(sample).toContain(found);
          if (positive.length > 0) expect(reach(found)).toBe(Math.min(...positive));
        },
      ),
    );
  });

  test('of a large sample is found too; of none there is none', () => {
    const sample = Array.from({ length: 4096 }, (_, i) => ({
      id: `${i}`,
      name: '',
      x: i ** 2,
      y: 0,
      z: 0,
      region: '',
    }));
    expect(densestSystem(sample, 10)).toBe(sample[7]);
    expect(densestSystem([], 10)).toBeUndefined();
  });
});
