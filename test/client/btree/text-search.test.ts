import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type JsonObject,
  NotFoundError,
  openTileset,
  standardFold,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import type { BuildOptions } from '#pipeline/index.ts';
import { lines } from '#test/support/catalogues.ts';
import { withSet } from '#test/support/chunk-sets.ts';
import { catalogueOracle } from '#test/support/oracle.ts';
import { failure } from '#test/support/stored-files.ts';

/** Asks a set of some names. */
async function ask<T>(
  names: readonly string[],
  search: BuildOptions['search'] & object,
  use: (tileset: Tileset) => Promise<T>,
): Promise<T> {
  const records: JsonObject[] = names.map((name, i) => ({ id: `s${i}`, name, x: i, y: 0, z: 0 }));
  return withSet(records, { search }, async ({ directory }) => use(await openTileset(directory)));
}

const found = async (tileset: Tileset, text: string) =>
  (await tileset.search(text)).systems.map(system => system.name);

describe('a text longer than a gram', () => {
  const window = 'abcdefghijklmnopqrstuvwx';
  const names = [`${window}! x${window}yz`, `${window}yz`, `y ${window}yz`, window];

  test('is found inside words by infix', () =>
    ask(names, { mode: 'infix', fields: ['name'] }, async tileset => {
      expect(await found(tileset, `${window}YZ`)).toEqual([names[1], names[2], names[0]]);
      expect(await found(tileset, `x${window}yz`)).toEqual([names[0]]);
    }));

  test('is found at the beginning of words only by words', () =>
    ask(names, { mode: 'words', fields: ['name'] }, async tileset => {
      expect(await found(tileset, `${window}YZ`)).toEqual([names[1], names[2]]);
      expect(await found(tileset, `x${window}yz`)).toEqual([names[0]]);
    }));
});

test('a text across words costs what it finds, however many systems have its halves', () => {
  // Half of the names have "rack " and half " sol"; only three have both.
  const names = Array.from({ length: 20_000 }, (_, i) => {
    const one = (i * 7919).toString(36);
    const other = (i * 104_729).toString(36);
    if (i % 5000 === 1 && i > 1) return `${one}rack sol ${other}`;
    return i % 2 ? `${one}rack ${other}` : `${one}tick sol ${other}`;
  });
  return ask(names, { fields: ['name'] }, async tileset => {
    const usage = newUsage();
    const { systems, truncated } = await tileset.search('rack sol', { usage });
    expect([systems.length, truncated]).toEqual([3, false]);
    expect(usage.requests).toBeLessThanOrEqual(24);
    expect(usage.roundTrips).toBeLessThanOrEqual(8);
  });
});

describe('an answer that is cut', () => {
  const names = Array.from({ length: 90 }, (_, i) => `Star ${i}`);

  test('says so, and has as many as were wanted, each once', () =>
    ask(names, { mode: 'infix', fields: ['name'] }, async tileset => {
      for (const text of ['s', 'tar', 'r ', ' ']) {
        const { systems, truncated } = await tileset.search(text, { limit: 40 });
        expect([new Set(systems.map(({ id }) => id)).size, truncated]).toEqual([40, true]);
        const all = await tileset.search(text, { limit: 90 });
        expect([all.systems.length, all.truncated]).toEqual([90, false]);
      }
      expect(await tileset.search('star', { limit: 0 })).toEqual({
        systems: [],
        ...{ truncated: true, values: [], moreValues: false, mode: 'infix' },
      });
      expect((await tileset.search('nowhere', { limit: 0 })).truncated).toBe(false);
    }));
});

test('whatever the limit, no system of a common value is lost because others of it were found before', () => {
  // The first of the value are found by their names; only a search inside words comes to the value.
  const records: JsonObject[] = Array.from({ length: 20 }, (_, i) => ({
    ...{ id: `s${i}`, name: i < 10 ? `Gold ${i}` : `Zed ${i}`, materials: 'Marigold' },
    ...{ x: i, y: 0, z: 0 },
  }));
  const { systems } = lines(records);
  return withSet(records, {}, async ({ directory }) => {
    const tileset = await openTileset(directory);
    const oracle = catalogueOracle(systems, standardFold());
    const matches = oracle.matches('gold').map(({ n }) => systems[n]!.id);
    oracle.close();
    for (let limit = 0; limit <= matches.length + 1; limit++) {
      const { systems: rows, truncated } = await tileset.search('gold', { limit });
      const ids = rows.map(({ id }) => id);
      expect([ids.length, truncated], `limit ${limit}`).toEqual([
        Math.min(limit, matches.length),
        matches.length > limit,
      ]);
      if (!truncated) expect(ids).toEqual(matches);
    }
  });
});

test('a value that most systems have is found beyond its rows, and values of planets are found', () => {
  const records: JsonObject[] = Array.from({ length: 2_100 }, (_, i) => ({
    ...{ id: `s${i}`, name: `N${i}`, x: i, y: 0, z: 0 },
    planets: [{ materials: i < 3 ? 'Gold, Cadmium' : 'Gold' }],
  }));
  return withSet(records, {}, async ({ directory }) => {
    const tileset = await openTileset(directory);
    for (const limit of [20, 64, 100]) {
      const { systems, truncated, values } = await tileset.search('gold', { limit });
      expect([systems.length, truncated]).toEqual([limit, true]);
      expect(new Set(systems.map(({ id }) => id)).size).toBe(limit);
      expect(systems.every(({ field, value }) => field === 'material' && value === 'Gold')).toBe(true);
      expect(values).toEqual([{ field: 'material', value: 'Gold', match: 'exact', systems: 2_100 }]);
    }
    const { systems, truncated } = await tileset.search('CADMIUM');
    expect([systems.map(({ id }) => id), truncated]).toEqual([['s0', 's1', 's2'], false]);
  });
});

test('systems of a value of a listing are found, and its row of listings is read only if it has a table of its own', () => {
  // The 1,500 systems of Orion weigh too much to be in one table with those of other regions.
  const records: JsonObject[] = Array.from({ length: 3_000 }, (_, i) => ({
    ...{ id: `s${i}`, name: `${i} ${'n'.repeat(60)}`, x: i, y: 0, z: 0 },
    region: i < 1_500 ? 'Orion' : `Region ${i % 200}`,
  }));
  return withSet(records, {}, async ({ directory, files: { index } }) => {
    const search = async (text: string) => (await openTileset(directory)).search(text, { limit: 20 });
    const { systems } = await search('orion');
    expect(systems.map(({ region, match }) => [region, match])).toEqual(
      new Array(20).fill(['Orion', 'value']),
    );
    rmSync(join(directory, `listings/${index.tables.listings!.hash}.mpk`));
    const ids = Array.from({ length: 7 }, (_, i) => `s${1_677 + 200 * i}`);
    expect((await search('region 77')).systems.map(({ id }) => id)).toEqual(ids);
    expect(await failure(search('orion'))).toBeInstanceOf(NotFoundError);
  });
});

test('planets are searched by paths; the summary of the build names only paths that no system has', async () => {
  const records: JsonObject[] = [
    { id: 'a', name: 'Alpha', x: 1, y: 0, z: 0, planets: [{ name: 'Élan', materials: 'Gold, Cadmium' }] },
    { id: 'b', name: 'Beta', x: 2, y: 0, z: 0, planets: [{ name: 'Elan Vital', moons: [{ name: 'Cad' }] }] },
  ];
  const fields = ['name', 'planets.materials', 'planets.moons.name', 'planets.name', 'planets.rings.name'];
  await withSet(records, { search: { fields }, facets: [] }, async ({ directory, summary }) => {
    expect(summary.missingFields).toEqual(['planets.rings.name']);
    const tileset = await openTileset(directory);
    const hits = async (text: string) =>
      (await tileset.search(text)).systems.map(({ id, match, field }) => [id, match, field]);
    expect(await hits('elan')).toEqual([
      ['a', 'value', 'planets.name'],
      ['b', 'value', 'planets.name'],
    ]);
    expect(await hits('CADMIUM')).toEqual([['a', 'value', 'planets.materials']]);
    expect(await hits('cad')).toEqual([
      ['a', 'value', 'planets.materials'],
      ['b', 'value', 'planets.moons.name'],
    ]);
  });
});

test('a value that is the text comes first, also if it comes after 1,024 others that have its grams', async () => {
  const records: JsonObject[] = Array.from({ length: 1_600 }, (_, i) => ({
    ...{ id: `s${i}`, name: `star ${i}`, x: i, y: 0, z: 0 },
    materials: i === 99 ? ['Öre', 'ore'] : `heavy ore ${i}`,
  }));
  await withSet(records, { facets: 'materials', search: {} }, async ({ directory }) => {
    const tileset = await openTileset(directory);
    const exact = { field: 'materials', match: 'exact', systems: 1 };
    const { values, systems } = await tileset.search('ORE', { limit: 10 });
    expect(values[0]).toEqual({ ...exact, value: 'ore' });
    expect(values).toHaveLength(10);
    expect(systems[0]).toMatchObject({ id: 's99', match: 'value', value: 'ore' });
  });
});
