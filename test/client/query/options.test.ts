import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cachedSource, indexedDbCache } from '#client/cache.ts';
import {
  ArgumentError,
  type DataProvider,
  folderCache,
  httpSource,
  jsonProvider,
  openProvider,
  openTileset,
  type Tileset,
} from '#client/node/index.ts';
import { latestGeneration, restApi } from '#client/rest/index.ts';
import { build } from '#pipeline/index.ts';
import { foldOf } from '#test/support/arbitrary.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { exportDatabase } from '#test/support/databases.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const RECORDS = [{ id: 'A', name: 'Sol', region: 'R', x: 0, y: 0, z: 0 }];
const folder = temporaryFolder();
afterAll(folder.remove);

/** Every call of a provider with options: `options` are added to those that it needs. */
const CALLS: Readonly<Record<string, (provider: DataProvider, options: object) => unknown>> = {
  sphere: (provider, options) => provider.sphere({ center: [0, 0, 0], radius: 1, ...options }).toArray(),
  nearest: (provider, options) => provider.nearest({ center: [0, 0, 0], count: 1, ...options }).toArray(),
  box: (provider, options) => provider.box({ min: [0, 0, 0], max: [1, 1, 1], ...options }).toArray(),
  details: (provider, options) => provider.details([{ id: 'A', x: 0, y: 0, z: 0 }], options),
  system: (provider, options) => provider.system('Sol', options),
  systemsByName: (provider, options) => provider.systemsByName('Sol', options),
  systemById: (provider, options) => provider.systemById('A', options),
  names: (provider, options) => provider.names(options),
  page: (provider, options) => provider.page(options),
  regions: (provider, options) => provider.regions(options).toArray(),
  inRegion: (provider, options) => provider.inRegion('R', options).toArray(),
  search: (provider, options) => provider.search('Sol', options),
};

const TILESET_CALLS: Readonly<Record<string, (set: Tileset, options: object) => unknown>> = {
  ...(CALLS as object),
  meta: (set, options) => set.meta(options),
  overview: (set, options) => set.overview(options),
  root: (set, options) => set.root(options),
  plan: (set, options) => set.plan({ center: [0, 0, 0], radius: 1, ...options }),
  'plan of nearest': (set, options) => set.plan({ center: [0, 0, 0], count: 1, ...options }),
  'plan of box': (set, options) => set.plan({ min: [0, 0, 0], max: [1, 1, 1], ...options }),
  records: (set, options) => set.records(options).next(),
  preview: async (set, options) => (await set.root())!.preview(options),
  children: async (set, options) => (await set.root())!.children(options),
  systems: async (set, options) => (await set.root())!.systems(options),
};

const providers: Record<string, DataProvider> = {};
beforeAll(async () => {
  const json = join(folder.path, 'catalogue.json');
  writeFileSync(json, ndjson(RECORDS));
  const { file } = await exportDatabase(folder.path, json);
  const set = join(folder.path, 'searched');
  await build([json], set);
  providers['chunks'] = await openTileset(set);
  providers['json'] = jsonProvider(readFileSync(json, 'utf8'), { fold: foldOf(text => text) });
  providers['sqlite'] = await openProvider(file);
});
afterAll(() => providers['sqlite']?.close());

const cases = Object.keys({ chunks: 1, json: 1, sqlite: 1 }).flatMap(kind =>
  Object.entries(kind === 'chunks' ? TILESET_CALLS : CALLS).map(([call, ask]) => [kind, call, ask] as const),
);

test.each(cases)(
  '%s: %s refuses options of unknown names, and takes all that it knows',
  async (kind, _, ask) => {
    const provider = providers[kind] as Tileset;
    const asked = async (options: object) => ask(provider, options);
    await expect(asked({})).resolves.not.toThrow();
    await expect(asked({ signal: undefined, usage: undefined })).resolves.not.toThrow();
    await expect(asked({ no_such: 1 })).rejects.toThrow(ArgumentError);
    await expect(asked({ Signal: undefined })).rejects.toThrow(
      'unknown option "Signal": did you mean signal?',
    );
    await expect(asked({ constructor: 1 })).rejects.toThrow('unknown option "constructor": expected ');
  },
);

test.each(cases)('%s: %s refuses a signal that is none', async (kind, _, ask) => {
  const asked = async (signal: unknown) => ask(providers[kind] as Tileset, { signal });
  await expect(asked(null)).resolves.not.toThrow();
  for (const [signal, shown] of [
    [new AbortController(), '[object AbortController]'],
    [false, 'false'],
    [5n, '5'],
  ])
    await expect(asked(signal)).rejects.toMatchObject({
      name: 'ArgumentError',
      message: `signal is ${shown}; give an AbortSignal`,
      found: signal,
    });
});

test('messages show arguments as they are: strings in quotes, and what JSON does not have', async () => {
  const set = providers['chunks'] as Tileset;
  const at = [0, 0, 0] as const;
  for (const [ask, message] of [
    [() => set.sphere({ center: [NaN, -Infinity, 0], radius: 1 }), 'center is [NaN,-Infinity,0]; give three'],
    [() => set.sphere({ center: '0,0,0' as never, radius: 1 }), 'center is "0,0,0"; give three'],
    [() => set.sphere({ center: at, radius: '5' as never }), 'radius is "5"; give 0 or more'],
    [() => set.nearest({ center: at, count: '5' as never }), 'count is "5"; give an integer from 0'],
    [() => set.nearest({ center: at, count: undefined as never }), 'count is undefined; give an integer'],
    [() => set.system(5n as never), 'name is 5; give a string'],
    [() => set.details(['A'] as never), 'position is [undefined,undefined,undefined]; give three'],
    [
      () => openTileset(join(folder.path, 'searched'), { cacheBytes: '5' as never }),
      'cacheBytes is "5"; give 0 or more',
    ],
    [
      () => openTileset(join(folder.path, 'searched'), { concurrency: 1.5 }),
      'concurrency is 1.5; give an integer from 1',
    ],
  ] as const)
    await expect((async () => ask())()).rejects.toMatchObject({
      name: 'ArgumentError',
      message: expect.stringContaining(message),
    });
});

describe('unknown options', () => {
  test.each([
    ['per_page', (set: Tileset) => set.page({ per_page: 5 } as never), 'perPage'],
    ['max-results', (set: Tileset) => set.regions({ 'max-results': 5 } as never).toArray(), 'maxResults'],
    ['ignorecase', (set: Tileset) => set.system('Sol', { ignorecase: true } as never), 'ignoreCase'],
  ])('%s gets the name that was meant', async (option, ask, meant) => {
    const error = await (async () => ask(providers['chunks'] as Tileset))().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ expected: meant, found: option });
  });

  test('where of a page or a search names the listing', async () => {
    for (const provider of Object.values(providers))
      for (const ask of [CALLS['page']!, CALLS['search']!, CALLS['names']!])
        await expect((async () => ask(provider, { where: { region: 'R' } }))()).rejects.toThrow(
          'only spatial queries have filters; list(field, value) has the pages of a value',
        );
  });

  test('are refused where sets and providers are opened, and by sources', async () => {
    await expect(openTileset(join(folder.path, 'searched'), { cacheSize: 5 } as never)).rejects.toThrow(
      ArgumentError,
    );
    await expect(openTileset(join(folder.path, 'searched'), { kind: 'chunks' } as never)).rejects.toThrow(
      ArgumentError,
    );
    await expect(openTileset('http://localhost/', { http: { retry: 5 } } as never)).rejects.toThrow(
      ArgumentError,
    );
    await expect(openProvider(folder.path, { Kind: 'json' } as never)).rejects.toThrow('did you mean kind?');
    expect(() => httpSource('http://localhost/', { time_out: 5 } as never)).toThrow('did you mean timeout?');
    expect(() => jsonProvider('[]', { Fold: String } as never)).toThrow('did you mean fold?');
    expect(() => folderCache(folder.path, { max_bytes: 5 } as never)).toThrow('did you mean maxBytes?');
    expect(() => indexedDbCache({ Name: 'a' } as never)).toThrow('did you mean name?');
    const cache = folderCache(folder.path);
    expect(() => cachedSource('http://localhost/', { cache, maxbytes: 5 } as never)).toThrow(
      'did you mean maxBytes?',
    );
    const set = providers['chunks'] as Tileset;
    expect(() => restApi(set, { base_path: '/stars' } as never)).toThrow('did you mean basePath?');
    expect(() => latestGeneration(async () => set, { maxage: 5 } as never)).toThrow('did you mean maxAge?');
  });

  test('and options that are not an object are ArgumentErrors', async () => {
    const set = providers['chunks'] as Tileset;
    await expect(set.page(null as never)).rejects.toThrow(ArgumentError);
    await expect(set.plan(null as never)).rejects.toThrow(ArgumentError);
    expect(() => set.sphere(undefined as never)).toThrow(ArgumentError);
    await expect(set.search('Sol', 5 as never)).rejects.toThrow(ArgumentError);
  });
});
