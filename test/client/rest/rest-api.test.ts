/** Promises of the REST API beside the answers of the guide. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ArgumentError,
  folderSource,
  type JsonObject,
  openTileset,
  type Source,
  type Tileset,
} from '#client/node/index.ts';
import { latestGeneration, type RestApi, type RestOptions, restApi } from '#client/rest/index.ts';
import { build } from '#pipeline/index.ts';
import { violations } from '#test/foreign/json-schema.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const stars = fileURLToPath(new URL('../../../data/nearby-stars.json', import.meta.url));
const folder = temporaryFolder();
const directory = join(folder.path, 'set');
let set: Tileset;
let api: RestApi;

beforeAll(async () => {
  const options = { chunkLimit: 16, summary: ['distance_ly'], flush: false };
  await build([stars], directory, options);
  set = await openTileset(directory);
  api = restApi(set);
});
afterAll(folder.remove);

/** A source that tells which files it is asked for. */
function watched(directory: string, onGet: (path: string) => void): Source {
  const source = folderSource(directory);
  return {
    location: source.location,
    get(path, options) {
      onGet(path);
      return source.get(path, options);
    },
  };
}

const ask = (path: string, init: RequestInit = {}, of = api) =>
  of.fetch(new Request(`http://stars.example${path}`, init));
const json = async (path: string) => (await ask(path)).json() as Promise<JsonObject & JsonObject[]>;

describe('parameters', () => {
  test.each([
    ['/api/systems/visible?radius=x', 'radius is "x": expected a number'],
    ['/api/systems/visible?radius=', 'radius is "": expected a number'],
    ['/api/systems/visible?radius=-1', 'radius is "-1": expected 0 or more'],
    ['/api/systems/visible?cx=1e999', 'cx is "1e999": expected a number that float64 can hold'],
    ['/api/systems/visible?cx=1e200', 'center is [1e+200,0,0]; give three numbers below 2^500'],
    ['/api/systems/visible?cx=0x10', 'cx is "0x10": expected a number'],
    ['/api/systems/visible?cx=NaN', 'cx is "NaN": expected a number'],
    ['/api/systems/visible?cx=1&cx=2', 'cx is ["1","2"]: expected it once'],
    ['/api/systems/visible?limit=1.5', 'limit is "1.5": expected an integer from 0'],
    ['/api/systems/visible?limit=-1', 'limit is "-1": expected an integer from 0'],
    ['/api/systems/visible?where=Iron', 'where is "Iron": expected FIELD=VALUE'],
    ['/api/systems/visible?where=metal%3DIron', 'where: "metal" is not a facet'],
    ['/api/systems/visible?ignore_case=yes', 'ignore_case is "yes": expected true or false'],
    ['/api/systems/visible?fields=id,,x', 'fields is "id,,x": expected names of fields between commas'],
    ['/api/systems/visible?limt=5', 'unknown parameter "limt"; expected cx, cy, cz, radius, limit, where'],
    ['/api/systems/Sol?details=1', 'unknown parameter "details": it has no parameters'],
    ['/api/systems?page=0', 'page is "0": expected an integer from 1'],
    ['/api/systems?where=region%3DAra', 'unknown parameter "where"; expected page, per_page, region, fields'],
    [`/api/systems/search?q=${'x'.repeat(1_001)}`, 'expected at most 1,000 characters'],
    [`/api/systems/${'x'.repeat(1_001)}`, 'expected at most 1,000 characters'],
  ])('%s is refused with a message', async (path, message) => {
    const response = await ask(path);
    expect(response.status).toBe(400);
    expect(response.headers.get('etag')).toBe(null);
    expect(await response.json()).toEqual({ error: expect.stringContaining(message) });
  });

  test('of filters are those of the command line', async () => {
    const where = [{ material: ['Iron', 'silicates'] }, { region: { not: 'Ara' } }];
    const rows = await set.sphere({ center: [0, 0, 0], radius: 1_000, where, fold: true }).toArray();
    expect(rows.length).toBeGreaterThan(0);
    const filters = 'where=material%3Diron|silicates&where=region!%3DAra&ignore_case=true';
    const answer = await json(`/api/systems/visible?radius=1000&fields=id&${filters}`);
    expect(answer).toEqual(rows.map(({ id, distance }) => ({ id, distance })));
    const strict = await json('/api/nearest?limit=3&where=material%3DIron&fields=id');
    const near = await set.nearest({ center: [0, 0, 0], count: 3, where: { material: 'Iron' } }).toArray();
    expect(near.length).toBeGreaterThan(0);
    expect(strict).toEqual(near.map(({ id, distance }) => ({ id, distance })));
  });

  test('limit the rows, and larger ones count as the largest', async () => {
    expect(await json('/api/systems/visible?limit=0')).toEqual([]);
    expect(await json('/api/nearest?limit=99999999999999999999')).toHaveLength(set.counts.systems);
    expect(await json('/api/systems?per_page=5000')).toMatchObject({ per_page: 1_000, total_pages: 1 });
    expect(await json('/api/systems?page=9007199254740993')).toMatchObject({ systems: [] });
  });

  test('choose any fields of the records', async () => {
    const rows = await set.nearest({ center: [0, 0, 0], count: 100 }).toArray();
    const records = (await set.details(rows)) as JsonObject[];
    const names = [...new Set(records.flatMap(Object.keys)), 'none', '__proto__'];
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), async fields => {
        const found = await json(`/api/nearest?limit=100&fields=${fields.join()}`);
        const expected = rows.map(({ distance }, i) => [
          ...fields.map(field => [field, Object.hasOwn(records[i]!, field) ? records[i]![field] : null]),
          ['distance', distance],
        ]);
        expect(found.map(Object.entries)).toEqual(expected);
      }),
    );
  });

  test('choose the fields; core columns and summary fields cost no further files', async () => {
    const paths: string[] = [];
    const own = restApi(await openTileset(watched(directory, path => paths.push(path))));
    const response = await ask('/api/nearest?limit=1&fields=name,distance_ly', {}, own);
    expect(await response.json()).toEqual([{ name: 'Sol', distance_ly: 0, distance: 0 }]);
    expect(paths.filter(path => path.startsWith('details/'))).toEqual([]);
    const odd = await ask('/api/nearest?limit=1&fields=__proto__,toString,stars', {}, own);
    expect(await odd.text()).toMatch(
      /^\[\{"__proto__":null,"toString":null,"stars":\[.+\],"distance":0\}\]$/,
    );
    expect(paths.filter(path => path.startsWith('details/'))).not.toEqual([]);
  });
});

describe('answers', () => {
  test('tell how a search matches, and whether more match', async () => {
    const response = await ask('/api/systems/search?q=centauri&limit=1&fields=id');
    expect(response.headers.get('x-truncated')).toBe('true');
    expect(await response.json()).toEqual([{ id: expect.stringMatching(/CENTAURI/), match: 'word' }]);
  });

  test('have a system by its id, also one whose name is an endpoint', async () => {
    expect(await json('/api/systems/id/SYS_SOL')).toEqual(await json('/api/systems/Sol'));
    expect(await json('/api/systems/id/SYS_SOL')).toMatchObject({ name: 'Sol', designations: ['Sun'] });
    expect((await ask('/api/systems/id/none')).status).toBe(404);
  });

  test('have facets and their values', async () => {
    expect(await json('/api/facets')).toEqual(await set.facets());
    const values = await set.facet('material', { prefix: 'i', limit: 100 });
    expect(await json('/api/facets/material?prefix=I')).toEqual(values);
    expect(await json('/api/facets/none')).toEqual({ error: 'Facet not found' });
  });

  test('describe the set', async () => {
    const { generation, counts, bounds } = set;
    expect(await json('/api')).toMatchObject({ generation, ...counts, bounds, summary: ['distance_ly'] });
  });

  test('have the form that the OpenAPI document gives them, and no others are in it', async () => {
    const document = (await json('/api/openapi.json')) as unknown as {
      paths: Record<string, { get: { parameters: JsonObject[]; responses: Record<string, JsonObject> } }>;
    };
    const examples: Readonly<Record<string, string>> = {
      '/api': '/api',
      '/api/systems': '/api/systems?per_page=1000',
      '/api/systems/visible': '/api/systems/visible?radius=3000',
      '/api/nearest': '/api/nearest?limit=400',
      '/api/systems/search': '/api/systems/search?q=a',
      '/api/systems/region/{name}': '/api/systems/region/Centaurus',
      '/api/systems/id/{name}': '/api/systems/id/SYS_SOL',
      '/api/systems/{name}': '/api/systems/Sirius',
      '/api/regions': '/api/regions',
      '/api/facets': '/api/facets',
      '/api/facets/{name}': '/api/facets/material',
    };
    expect(Object.keys(document.paths).sort()).toEqual(Object.keys(examples).sort());
    for (const [path, example] of Object.entries(examples)) {
      const { responses } = document.paths[path]!.get;
      const schemaOf = (status: number) =>
        (responses[status]!['content'] as JsonObject & { 'application/json': { schema: JsonObject } })[
          'application/json'
        ].schema;
      expect(violations(await json(example), schemaOf(200))).toEqual([]);
      expect(
        violations(await json(`${example}${example.includes('?') ? '&' : '?'}x=1`), schemaOf(400)),
      ).toEqual([]);
      expect(violations({}, schemaOf(400))).not.toEqual([]);
    }
    const { parameters } = document.paths['/api/systems/visible']!.get;
    expect(parameters[3]).toEqual({
      ...{ in: 'query', name: 'radius', description: 'Radius of the sphere' },
      schema: { type: 'number', minimum: 0, default: 50 },
    });
  });
});

describe('HTTP', () => {
  test('answers 304 to the ETag of the generation', async () => {
    const etag = (await ask('/api/systems/Sol')).headers.get('etag')!;
    expect(etag).toBe(`W/"1-${set.generation}"`);
    for (const known of [etag, etag.slice(2), `"x", ${etag}`]) {
      const response = await ask('/api/systems/visible', { headers: { 'If-None-Match': known } });
      expect([response.status, await response.text()]).toEqual([304, '']);
      expect(response.headers.get('etag')).toBe(etag);
    }
    for (const other of ['W/"1-0"', '""', '*', 'x']) {
      const response = await ask('/api/systems/visible', { headers: { 'If-None-Match': other } });
      expect(response.status).toBe(200);
    }
  });

  test('lets pages of other origins read, also the headers', async () => {
    const response = await ask('/api/systems/Sol', { headers: { Origin: 'https://other.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toContain('ETag');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const preflight = await ask('/api/systems/Sol', {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'if-none-match' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'if-none-match',
    ]);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses %s: it is read-only', async method => {
    const response = await ask('/api/systems/Sol', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(await response.json()).toEqual({ error: `${method} is not possible: the API is read-only` });
  });

  test('answers HEAD without a body', async () => {
    const response = await ask('/api/systems/region/Centaurus', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('compresses where it is asked to', async () => {
    const own = restApi(set, { compress: true });
    const response = await ask('/api/systems', { headers: { 'Accept-Encoding': 'gzip' } }, own);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    const plain = gunzipSync(Buffer.from(await response.arrayBuffer()));
    expect(JSON.parse(`${plain}`)).toEqual(await json('/api/systems'));
  });

  test('answers below another path, or none', async () => {
    for (const basePath of ['/stars/v1', '']) {
      const own = restApi(set, { basePath });
      expect((await ask(`${basePath}/systems/Sol`, {}, own)).status).toBe(200);
      expect((await ask('/api/systems/Sol', {}, own)).status).toBe(404);
    }
    expect(() => restApi(set, { basePath: 'api' })).toThrow(ArgumentError);
  });

  test('names the description where there is no endpoint', async () => {
    for (const path of ['/', '/api/x', '/api/systems/region/a/b', '/index.json']) {
      const response = await ask(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: 'No such endpoint; /api/openapi.json lists them' });
    }
  });
});

describe('a large region', () => {
  test('is sent while it is read, and reading ends when the client is gone', async () => {
    const large = join(folder.path, 'large');
    const records = Array.from({ length: 5_000 }, (_, i) => ({
      ...{ id: `${i}`, x: i, y: 0, z: 0, region: 'R' },
      photo: `photo-${i}.png`,
    }));
    const input = join(folder.path, 'large.json');
    await writeFile(input, JSON.stringify(records));
    await build([input], large, { ...PLAIN, chunkLimit: 64, detailWeight: 10_000 });
    let reads = 0;
    const source = watched(large, () => reads++);
    const own = restApi(await openTileset(source, { cacheBytes: 0 }));
    const response = await ask('/api/systems/region/R?fields=id,photo', {}, own);
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value).match(/"id"/g)).toHaveLength(1_000);
    const before = reads;
    await reader.cancel();
    await new Promise(setImmediate);
    expect(reads).toBe(before);
    const whole = await ask('/api/systems/region/R?fields=id,photo', {}, own);
    expect(await whole.json()).toHaveLength(5_000);
    expect(reads - before).toBeGreaterThan(2 * before);

    // A file that is lost in the middle of a response.
    const errors: unknown[] = [];
    let left = before;
    const losing: Source = {
      location: large,
      get: async (path, options) => (left-- > 0 ? folderSource(large).get(path, options) : undefined),
    };
    const failing = restApi(await openTileset(losing, { cacheBytes: 0 }), {
      onError: error => errors.push(error),
    });
    const cut = await ask('/api/systems/region/R?fields=id,photo', {}, failing);
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow();
    expect(errors).toHaveLength(1);
  });
});

describe('faults', () => {
  const failing = async (
    fault: (path: string) => Promise<Uint8Array | undefined> | undefined,
    options: RestOptions,
  ) => {
    const source = folderSource(directory);
    const tileset = await openTileset({
      location: '/secret/place',
      get: (path, options) => fault(path) ?? source.get(path, options),
    });
    return restApi(tileset, options);
  };

  test.each(['/api/systems/visible', '/api/systems/Sol', '/api/systems/region/Ara', '/api/regions'])(
    'of the set are 502 for %s, and name no place',
    async path => {
      const errors: unknown[] = [];
      const broken = await failing(
        path => (path === 'index.json' ? undefined : Promise.resolve(new Uint8Array(3))),
        {
          onError: error => errors.push(error),
        },
      );
      const response = await ask(path, {}, broken);
      expect([response.status, response.headers.get('cache-control')]).toEqual([502, 'no-store']);
      expect(await response.json()).toEqual({ error: 'The chunk set cannot be read' });
      expect(errors).toEqual([expect.objectContaining({ name: 'CorruptError' })]);
    },
  );

  test('of the program are 500', async () => {
    const errors: unknown[] = [];
    const broken = restApi(() => Promise.reject(new TypeError('at /secret/file.ts:1')), {
      onError: error => errors.push(error),
    });
    const response = await ask('/api', {}, broken);
    expect([response.status, await response.json()]).toEqual([500, { error: 'Internal error' }]);
    expect(errors).toHaveLength(1);
  });

  test('are 501 where the set lacks the index', async () => {
    const bare = join(folder.path, 'bare');
    await build([stars], bare, PLAIN);
    const response = await ask('/api/systems/search?q=sol', {}, restApi(await openTileset(bare)));
    expect([response.status, await response.json()]).toEqual([
      501,
      { error: 'The chunk set was built without the index that this request needs' },
    ]);
  });
});

describe('a set that is published again', () => {
  const place = join(folder.path, 'again');
  const publish = async (chunkLimit: number) => {
    await build([stars], place, { chunkLimit, flush: false });
    return (await openTileset(place)).generation;
  };
  const generationOf = async (of: RestApi) =>
    ((await (await ask('/api', {}, of)).json()) as { generation: string }).generation;

  test('is answered from its live generation', async () => {
    const first = await publish(16);
    const own = restApi(latestGeneration(() => openTileset(place), { maxAge: 0 }));
    const old = restApi(latestGeneration(() => openTileset(place)));
    expect([await generationOf(own), await generationOf(old)]).toEqual([first, first]);
    const second = await publish(32);
    expect([await generationOf(own), await generationOf(old)]).toEqual([second, first]);
    await rm(join(place, 'index.json'));
    expect(await generationOf(own)).toBe(second);
    expect(() => latestGeneration(() => openTileset(place), { maxAge: -1 })).toThrow(ArgumentError);
  });

  test('is answered from it too where files of the generation before are gone', async () => {
    await rm(place, { recursive: true });
    await publish(16);
    const own = restApi(await openTileset(place));
    await rm(place, { recursive: true });
    await publish(32);
    const response = await ask('/api/systems/visible?limit=3', {}, own);
    expect(await response.json()).toEqual(await json('/api/systems/visible?limit=3'));
  });

  test('is the tileset that was open first, for all of several first requests', async () => {
    await publish(16);
    const [slow, fast] = [Promise.withResolvers<Tileset>(), Promise.withResolvers<Tileset>()];
    const opened = [slow.promise, fast.promise];
    const latest = latestGeneration(() => opened.shift()!);
    const answers = Promise.all([latest(), latest()]);
    const first = await openTileset(place);
    fast.resolve(first);
    await fast.promise;
    slow.resolve(await openTileset(place));
    const [one, other] = await answers;
    expect([one === first, other === first, (await latest()) === first]).toEqual([true, true, true]);
  });

  test('is not replaced by that of a refresh that began before another one, and ends after it', async () => {
    const [first, second, third] = await Promise.all([
      openTileset(place),
      openTileset(place),
      openTileset(place),
    ]);
    const slow = Promise.withResolvers<Tileset>();
    const refreshes = [slow.promise, Promise.resolve(third)];
    first.refresh = () => refreshes.shift()!;
    const latest = latestGeneration(async () => first, { maxAge: 0 });
    expect((await latest()) === first).toBe(true);
    const late = latest();
    expect((await latest()) === third).toBe(true);
    slow.resolve(second);
    expect((await late) === third).toBe(true);
  });

  test('that cannot be opened is 502 also where onError throws', async () => {
    const onError = () => {
      throw new Error('thrown by onError');
    };
    const own = restApi(() => openTileset('/none'), { onError });
    expect((await ask('/api', {}, own)).status).toBe(502);
  });

  test('is opened again after a failure', async () => {
    let opened = 0;
    const own = restApi(latestGeneration(() => (opened++ === 0 ? openTileset('/none') : openTileset(place))));
    expect((await ask('/api', {}, own)).status).toBe(502);
    expect((await ask('/api', {}, own)).status).toBe(200);
  });
});
