import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { buildTexts, ndjson } from '#test/support/chunk-sets.ts';
import { jsonLines, outputOf } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const program = fileURLToPath(new URL('./print-kept-memory.ts', import.meta.url));

/** Less than this is lost among what else is in memory. */
const MEASURABLE = 100_000;

function systems(count: number, fields: (i: number) => object): JsonObject[] {
  const at = (i: number) => ({ x: (i * 7919) % 1009, y: (i * 104_729) % 997, z: (i * 1_299_709) % 991 });
  return Array.from({ length: count }, (_, i) => ({
    id: `S${i}`,
    name: `System ${i}`,
    ...at(i),
    ...fields(i),
  }));
}

const planet = { name: 'Planet', fauna: 'N/A', flora: 'N/A', sentinel: 'None', materials: '', moons: [] };
const keys = Array.from({ length: 60 }, (_, key) => `field ${key}`);

const catalogues: Record<string, () => JsonObject[]> = {
  'a galaxy': () => [...galaxySystems({ count: 2000 })] as object[] as JsonObject[],
  'planets that are alike': () => systems(1000, () => ({ planets: new Array(40).fill(planet) })),
  'long texts': () => systems(1000, i => ({ text: 'plain words, '.repeat(i), other: 'not — so '.repeat(i) })),
  'other scripts': () => systems(1000, i => ({ text: '星系'.repeat(i), materials: '鉄, 銅, 金' })),
  'many fields': () => systems(1000, () => Object.fromEntries(keys.map(key => [key, 'none']))),
  'numbers and lists': () => systems(2000, i => ({ a: i / 7, list: [i / 3, i / 9, [i, [], [true]]] })),
  'keys of their own': () => systems(2000, i => ({ planets: { [`P ${i}`]: { n: 1 }, [`Q ${i}`]: null } })),
};

type Kept = Readonly<Record<string, { readonly heap: number; readonly cost: number }>>;

describe('what decoded files are said to take is about what they take', () => {
  const folder = temporaryFolder();
  const names = Object.keys(catalogues);
  let kept: readonly Kept[];

  beforeAll(async () => {
    const sets: string[] = [];
    for (const [nth, records] of Object.values(catalogues).entries()) {
      const options = { summary: ['materials', 'fauna'], gzipLevel: 1 };
      const { directory } = await buildTexts(folder.path, [ndjson(records())], options, `${nth}`);
      sets.push(directory);
    }
    // One process for all sets: to load its modules takes longer than to read most of them.
    const args = ['--expose-gc', '--no-flush-bytecode', program, ...sets];
    kept = jsonLines<Kept>(await outputOf(process.execPath, args));
  });
  afterAll(folder.remove);

  test.each(names)('%s', name => {
    const parts = Object.entries(kept[names.indexOf(name)]!);
    const measurable = parts.filter(([, { heap }]) => heap > MEASURABLE);
    expect(measurable.length).toBeGreaterThan(1);
    const wrong = measurable.filter(([, { heap, cost }]) => cost < heap / 2 || cost > heap * 2.5);
    expect(wrong).toEqual([]);
  });
});
