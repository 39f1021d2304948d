/** The endpoints of the migration guide give what its own queries give, in SQLite, on the same systems. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { type RestApi, restApi } from '#client/rest/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { build } from '#pipeline/index.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { GuideDatabase } from '#test/support/guide-database.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** Systems as the guide's migration takes them: with odd texts, several of one name, and defaults to fill. */
const odd: JsonObject[] = [
  {
    id: 'odd-1',
    name: 'Sol / "Terra" 100%_\\ é',
    x: 1.5,
    y: -0,
    z: 3,
    region: 'Odd & region/?#',
    materials: "O'Neil, Gold",
  },
  {
    id: 'odd-2',
    name: '名 🌟',
    x: 1e9,
    y: 2,
    z: 3,
    region: '__proto__',
    planets: [{ moons: [{}, { name: 'M' }] }],
  },
  { id: 'odd-3', name: 'twin', x: 4, y: 5, z: 6, region: '', space_station: {}, fauna: 5 },
  {
    id: 'odd-4',
    name: 'twin',
    x: 4,
    y: 5,
    z: 6,
    region: 'Unknown',
    space_station: { name: 'S', x: 1 },
    planets: [],
  },
  { id: 'odd-5', name: 'visible', x: 0, y: 0, z: 0, region: 'Unknown', attributes: '{"a": [1, "gold"]}' },
  {
    id: 'odd-6',
    name: 'no station',
    x: 0,
    y: 0,
    z: 1,
    region: 'Unknown',
    space_station: null,
  },
];

describe('the API and the database of the guide agree on', () => {
  const folder = temporaryFolder();
  let api: RestApi;
  let guide: GuideDatabase;
  let records: JsonObject[];

  beforeAll(async () => {
    records = [
      ...(galaxySystems({ count: 1_500, seed: 3 }) as Iterable<unknown> as Iterable<JsonObject>),
      ...odd,
    ];
    const set = join(folder.path, 'set');
    await build(writeInputs(folder.path, 'records', [ndjson(records)]), set, {
      chunkLimit: 64,
      flush: false,
    });
    api = restApi(await openTileset(set));
    guide = new GuideDatabase(records);
  });
  afterAll(() => {
    guide.close();
    folder.remove();
  });

  const get = async (path: string, query: Readonly<Record<string, string | number>> = {}) => {
    const search = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, `${value}`]));
    const response = await api.fetch(new Request(`http://api.example/api/systems${path}?${search}`));
    return { status: response.status, body: asSql(await response.json()) };
  };
  const found = (body: unknown) => ({ status: 200, body: asSql(body) });
  const any = (of: (record: JsonObject) => unknown) =>
    fc.nat({ max: 1_504 }).map(index => of(records[index]!) as string);
  const numbers = fc.double({ min: -60_000, max: 60_000, noNaN: true });

  test('all systems of a region', async () => {
    // No path leads to a region without a name; a page does.
    for (const region of [...guide.regions().filter(name => name !== ''), 'none']) {
      expect(await get(`/region/${encodeURIComponent(`${region}`)}`)).toEqual(
        found(guide.inRegion(`${region}`)),
      );
    }
  });

  test('systems in a sphere', async () => {
    const spheres = fc.record({
      ...{ cx: numbers, cy: numbers, cz: numbers },
      radius: fc.double({ min: 0, max: 60_000, noNaN: true }),
      limit: fc.nat({ max: 300 }),
    });
    await fc.assert(
      fc.asyncProperty(spheres, async query => {
        const { cx, cy, cz, radius, limit } = query;
        expect(await get('/visible', query)).toEqual(found(guide.inSphere(cx, cy, cz, radius, limit)));
      }),
      { numRuns: 60 },
    );
    expect(await get('/visible')).toEqual(found(guide.inSphere(0, 0, 0, 50, 1_000)));
  });

  test('complete systems', async () => {
    for (const name of new Set(records.map(record => record['name'] as string))) {
      if (name === 'visible') continue;
      const expected = guide.byName(name) as JsonObject;
      const { status, body } = await get(`/${encodeURIComponent(name)}`);
      expect({ status, body }).toEqual({
        status: 200,
        body: expect.objectContaining(asSql(expected) as object),
      });
      expect('space_station' in (body as JsonObject)).toBe('space_station' in expected);
    }
    expect(await get('/nowhere')).toEqual({ status: 404, body: { error: 'System not found' } });
  });

  test('searches', async () => {
    const parts = fc
      .tuple(
        any(record => record[record['materials'] ? 'materials' : 'name']),
        fc.nat(),
        fc.integer({ min: 3, max: 8 }),
      )
      .map(([text, at, length]) => {
        const word = text.split(', ')[at % text.split(', ').length]!;
        return word.slice(0, length);
      });
    await fc.assert(
      fc.asyncProperty(parts, async q => {
        const { status, body } = await get('/search', { q, limit: 2_000, fields: 'id,match' });
        expect(status).toBe(200);
        const ids = (rows: unknown) => (rows as JsonObject[]).map(({ id }) => id).sort();
        // The API also finds values of facets, such as materials of planets, which the guide does not look at.
        const own = (body as JsonObject[]).filter(({ match }) => match !== 'value');
        const known = new Set(ids(guide.search(q)));
        expect(ids(own).filter(id => !known.has(id))).toEqual([]);
        expect(ids(body)).toEqual(expect.arrayContaining([...known]));
      }),
      { numRuns: 60 },
    );
    expect((await get('/search', { q: '' })).body).toHaveLength(50);
  });

  test('pages', async () => {
    const pages = fc.record(
      {
        page: fc.integer({ min: 1, max: 40 }),
        per_page: fc.integer({ min: 1, max: 200 }),
        region: any(record => record['region']),
      },
      { requiredKeys: ['page', 'per_page'] },
    );
    await fc.assert(
      fc.asyncProperty(pages, async query => {
        expect(await get('', query)).toEqual(found(guide.page(query.page, query.per_page, query.region)));
      }),
      { numRuns: 40 },
    );
    expect(await get('')).toEqual(found(guide.page(1, 100)));
  });

  test('regions', async () => {
    const response = await api.fetch(new Request('http://api.example/api/regions'));
    const rows = (await response.json()) as { region: string; systems: number }[];
    expect(rows.map(({ region }) => region)).toEqual(guide.regions());
    for (const { region, systems } of rows) expect(guide.inRegion(region)).toHaveLength(systems);
  });
});

/** Values as the columns of the database hold them: -0 is 0, and a number in a column of texts is a text. */
function asSql(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(item => asSql(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asSql(item, key)]));
  }
  if (typeof value === 'number') return key === 'fauna' ? `${value}` : value + 0;
  return value;
}
