import { describe, expect, test } from 'vitest';
import { TableQueries } from '#client/btree/table-queries.ts';
import { Files } from '#client/fetch/files.ts';
import { type FacetValue, nodeCodec, openTileset } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { type JsonObject, parseFacets } from '#format/index.ts';
import { folderStore } from '#pipeline/index.ts';
import { buildTexts, ndjson } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

/** Values that 1, 2,000 and 2,001 systems have, numbers, dates, and a value of a listed facet. */
const RECORDS: JsonObject[] = Array.from({ length: 2400 }, (_, i) => ({
  ...{ id: `s${i}`, name: `Star ${i % 700}`, x: i, y: 0, z: 0 },
  kind: [
    i < 2000 ? 'rare' : 'one, of few',
    ...(i < 2001 ? ['common'] : [true]),
    ...(i === 7 ? ['single', 5, '2024-02-29'] : []),
  ],
  listed: i % 100 === 0 ? 'hundredth' : 'other',
}));

describe('the systems of a rare value', () => {
  test('are all of them up to 2,000, by (name, id); none of a common value, a number or a date', () =>
    inFolder(async folder => {
      const options = { facets: parseFacets('kind,listed,region'), listings: 'listed' };
      // Records that are there twice do not count.
      const repeated = [...RECORDS, ...RECORDS.slice(0, 9)];
      const { directory, files } = await buildTexts(folder, [ndjson(repeated)], {
        ...options,
        search: { mode: 'none' },
      });
      const reader = new Files(folderStore(directory), { codec: nodeCodec });
      const octree = { top: async () => undefined, lookup: async () => [], withValue: async () => [] };
      const ofValues = (field: string, values: readonly FacetValue[], fold = false, usage = newUsage()) =>
        new TableQueries(reader, files.index, octree).rareRows(field, values, { usage, fold });
      const rare = (field: string, value: FacetValue, usage = newUsage()) =>
        ofValues(field, [value], false, usage);
      const idsOf = (isOwn: (record: JsonObject) => boolean) =>
        RECORDS.filter(isOwn)
          .map(({ name, id }) => [name as string, id as string] as const)
          .sort(([a, p], [b, q]) => (a === b ? (p < q ? -1 : 1) : a < b ? -1 : 1))
          .map(([, id]) => id);
      const has = (value: FacetValue) => (record: JsonObject) =>
        (record['kind'] as FacetValue[]).flatMap(own => String(own).split(', ')).includes(String(value));
      for (const value of ['rare', 'one', 'of few', 'single', true]) {
        const rows = await rare('kind', value);
        expect(
          rows?.map(({ id }) => id),
          String(value),
        ).toEqual(idsOf(has(value)));
      }
      for (const value of ['common', 5, '2024-02-29', 'no such value', false])
        expect(await rare('kind', value), String(value)).toBe(undefined);
      expect((await rare('listed', 'hundredth'))?.map(({ id }) => id)).toEqual(
        idsOf(({ listed }) => listed === 'hundredth'),
      );
      expect(await rare('listed', 'other')).toBe(undefined);
      const idsOfValues = async (field: string, values: readonly FacetValue[], fold = false) =>
        (await ofValues(field, values, fold))?.map(({ id }) => id).sort();
      // Each system once, also if it has several of the values.
      const few = (record: JsonObject) => has('one')(record) || has('single')(record);
      expect(await idsOfValues('kind', ['single', 'one', 'of few', 'nothing'])).toEqual(idsOf(few).sort());
      expect(await idsOfValues('kind', ['SINGLE', 'One'], true)).toEqual(idsOf(few).sort());
      expect(await idsOfValues('kind', ['SINGLE', 'One'])).toEqual([]);
      expect(await idsOfValues('kind', [true, 'TRUE'], true)).toEqual(idsOf(has(true)).sort());
      expect(await idsOfValues('kind', ['True'], true)).toEqual([]);
      expect(await idsOfValues('listed', ['HUNDREDTH', 'nothing'], true)).toEqual(
        idsOf(({ listed }) => listed === 'hundredth').sort(),
      );
      expect(await idsOfValues('kind', [])).toEqual([]);
      for (const values of [
        ['rare', 'one'],
        ['single', 'common'],
        ['single', 5],
        ['single', '2024-02-29'],
      ])
        expect(await idsOfValues('kind', values), values.join()).toBe(undefined);
      const usage = newUsage();
      await rare('kind', 'single', usage);
      expect(usage.roundTrips).toBe(0);
      // Rows of listed facets are not stored twice.
      expect(files.index.tables.rare).not.toBe(null);
    }));

  test('are none if one of them is heavy: a row for each of its values would be a product of both', () =>
    inFolder(async folder => {
      // 1,024 values of a system that weighs 1,024 in the table of names; one with a longer name is heavy.
      const big = (id: string, name: number) => ({
        ...{ id, name: 'n'.repeat(name), region: 'R', x: id === 'L' ? 1 : 2, y: 0, z: 0 },
        kind: Array.from({ length: 1024 }, (_, i) => `${id} ${i}`),
      });
      const records = [
        big('L', 1007),
        big('H', 1008),
        { id: 'S', x: 3, y: 0, z: 0, kind: ['H 5', 'S', 'L 5'] },
      ];
      const { directory, files } = await buildTexts(folder, [ndjson(records)], {
        facets: 'kind',
        search: { mode: 'none' },
      });
      const octree = { top: async () => undefined, lookup: async () => [], withValue: async () => [] };
      const reader = new Files(folderStore(directory), { codec: nodeCodec });
      const rare = async (value: FacetValue) =>
        (await new TableQueries(reader, files.index, octree).rareRows('kind', [value], {}))?.map(
          ({ id }) => id,
        );
      expect(await rare('S')).toEqual(['S']);
      expect((await rare('L 5'))?.sort()).toEqual(['L', 'S']);
      for (const value of ['H 5', 'H 6']) expect(await rare(value), value).toBe(undefined);
      const stars = await openTileset(directory);
      const near = { center: [0, 0, 0], count: 9, where: { kind: 'H 5' } } as const;
      expect((await stars.nearest(near).toArray()).map(({ id }) => id)).toEqual(['H', 'S']);
    }));
});
