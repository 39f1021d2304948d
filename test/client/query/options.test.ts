import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ArgumentError,
  type DataProvider,
  httpSource,
  jsonProvider,
  openProvider,
  openTileset,
  type Tileset,
} from '#client/node/index.ts';
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
    await expect(openTileset(folder.path, { cacheSize: 5 } as never)).rejects.toThrow(ArgumentError);
    await expect(openTileset(folder.path, { kind: 'chunks' } as never)).rejects.toThrow(ArgumentError);
    await expect(openTileset('http://localhost/', { http: { retry: 5 } } as never)).rejects.toThrow(
      ArgumentError,
    );
    await expect(openProvider(folder.path, { Kind: 'json' } as never)).rejects.toThrow('did you mean kind?');
    expect(() => httpSource('http://localhost/', { time_out: 5 } as never)).toThrow('did you mean timeout?');
    expect(() => jsonProvider('[]', { Fold: String } as never)).toThrow('did you mean fold?');
  });

  test('and options that are not an object are ArgumentErrors', async () => {
    const set = providers['chunks'] as Tileset;
    await expect(set.page(null as never)).rejects.toThrow(ArgumentError);
    await expect(set.plan(null as never)).rejects.toThrow(ArgumentError);
    expect(() => set.sphere(undefined as never)).toThrow(ArgumentError);
    await expect(set.search('Sol', 5 as never)).rejects.toThrow(ArgumentError);
  });
});
