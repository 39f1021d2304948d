/** Examines the refusals of providers, and queries that are aborted. */
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { ArgumentError, type DataProvider } from '#client/index.ts';
import { failure } from '#test/support/stored-files.ts';

/** Queries that every provider refuses. */
export async function examineRefusals(provider: DataProvider): Promise<void> {
  const at = { center: [0, 0, 0], radius: 1 } as const;
  for (const wrong of [
    { radius: -1 },
    { radius: NaN },
    { minRadius: -1 },
    { limit: 1.5 },
    { limit: -1 },
    { center: [0, 0] },
    { center: '0,0,0' },
    { center: undefined },
    { center: [0, 0, 1e200] },
    { radius: undefined },
    { radius: '1' },
    { radius: [1] },
    { radius: 1n },
    { minRadius: null },
    { center: [0, 0, 1n] },
    { limit: Symbol('limit') },
  ])
    expect(() => provider.sphere({ ...at, ...wrong } as never), inspect(wrong)).toThrow(ArgumentError);
  for (const wrong of [
    { count: undefined },
    { count: -1 },
    { count: 1.5 },
    { count: '5' },
    { maxRadius: NaN },
    { maxRadius: '5' },
    { minRadius: -1 },
    { center: [0, 0] },
  ])
    expect(
      () => provider.nearest({ center: [0, 0, 0], count: 1, ...wrong } as never),
      JSON.stringify(wrong),
    ).toThrow(ArgumentError);
  for (const wrong of [
    { min: undefined },
    { max: undefined },
    { min: [0, 0] },
    { min: '0,0,0' },
    { max: [1, NaN, 1] },
    { max: [1, Infinity, 1] },
    { min: [0, 2, 0] },
    { limit: -1 },
    { limit: 1.5 },
    { maxResults: -1 },
  ])
    expect(
      await failure(provider.box({ min: [0, 0, 0], max: [1, 1, 1], ...wrong } as never).toArray()),
      JSON.stringify(wrong),
    ).toBeInstanceOf(ArgumentError);
  for (const planes of ['x', [[0, 0, 1]], [[0, 0, 1, NaN]], [[1, 0, 0, '1']], Array(65).fill([1, 0, 0, 0])])
    for (const rows of [
      provider.sphere({ center: [0, 0, 0], planes: planes as never }),
      provider.nearest({ center: [0, 0, 0], count: 1, planes: planes as never }),
    ])
      expect(await failure(rows.toArray()), JSON.stringify(planes)).toBeInstanceOf(ArgumentError);
  for (const wrong of [{ page: 0 }, { page: 1.5 }, { perPage: 0 }, { perPage: NaN }])
    expect(await failure(provider.page(wrong)), JSON.stringify(wrong)).toBeInstanceOf(ArgumentError);
  for (const limit of [-1, 1.5, NaN]) {
    expect(await failure(provider.names({ limit }))).toBeInstanceOf(ArgumentError);
    expect(await failure(provider.search('a', { limit }))).toBeInstanceOf(ArgumentError);
  }
  for (const maxResults of [-1, 1.5, NaN]) {
    const bounded = [
      provider.sphere({ ...at, maxResults }).toArray(),
      provider.systemsByName('Sol', { ignoreCase: true, maxResults }),
      provider.regions({ maxResults }).toArray(),
      provider.inRegion('Adam', { maxResults }).toArray(),
    ];
    for (const error of await Promise.all(bounded.map(failure)))
      expect(error, `maxResults ${maxResults}`).toBeInstanceOf(ArgumentError);
  }
  expect(await failure(provider.search(''))).toBeInstanceOf(ArgumentError);
  const row = { id: 'a', x: 0, y: 0, z: 0 };
  for (const systems of [['a'], [{ id: 'a' }], [row, { ...row, x: NaN }], [{ ...row, z: '0' }]])
    expect(await failure(provider.details(systems as never)), inspect(systems)).toBeInstanceOf(ArgumentError);
  for (const ask of [
    () => provider.list('region', 'Adam', { page: 0 }),
    () => provider.list('region', 'Adam', { order: 'asc' }),
    () => provider.list('region', NaN),
    () => provider.list('region', null as never, {}),
    () => provider.list('region', '🌟'[0]!),
    () => provider.list('materials', undefined, { order: 'up' as never }),
    () => provider.list('materials', undefined, { after: { name: 'a', id: 'b' } }),
    () => provider.list(7 as never).toArray(),
    () => provider.list('region', { limit: 3 } as never).toArray(),
  ])
    expect(await failure((async () => ask())()), ask.toString()).toBeInstanceOf(ArgumentError);
  for (const ask of [
    () => provider.systemById(17 as never),
    () => provider.system(undefined as never),
    () => provider.search(5 as never),
    () => provider.names({ prefix: 7 as never }),
    () => provider.inRegion(null as never).toArray(),
  ])
    expect(await failure(ask()), ask.toString()).toBeInstanceOf(ArgumentError);
  const half = '🌟'[0]!;
  const asked: Record<string, Promise<unknown>> = {
    system: provider.system(half),
    'system, case ignored': provider.system(half, { ignoreCase: true }),
    systemsByName: provider.systemsByName(half),
    systemById: provider.systemById(half),
    names: provider.names({ prefix: half }),
    'page of a region': provider.page({ region: half }),
    'page after a name': provider.page({ after: { name: half, id: '' } }),
    'page after an id': provider.page({ after: { name: '', id: half } }),
    inRegion: provider.inRegion(half).toArray(),
    search: provider.search(half),
  };
  for (const [question, answer] of Object.entries(asked))
    expect(await failure(answer), `half of a pair: ${question}`).toBeInstanceOf(ArgumentError);
}

/** Filters that a provider refuses, whatever it holds. */
export async function examineFilters(provider: DataProvider): Promise<void> {
  const wrong: readonly unknown[] = [
    ...[null, 5, 'region', [5], { regoin: 'a' }, { constructor: 'a' }, { region: null }, { region: NaN }],
    ...[{ region: [null] }, { region: [['a']] }, { region: {} }, { region: { like: 'a' } }],
    ...[{ region: { not: { gt: 5 } } }, { region: { not: null } }, { region: { not: 'a', gt: 5 } }],
    ...[{ region: { gt: NaN } }, { region: { gt: 'a' } }, { region: { gt: '2026-02-30' } }],
    ...[{ region: { gt: 5, lt: '2026-01-01' } }, { region: { gt: '2026-01-01', lt: 5 } }],
    ...[{ region: { gt: true } }, { region: 5n }, { region: Symbol('a') }, { region: { gt: 5n } }],
    ...[{ region: '🌟'[0] }, { region: 'a', regoin: 'b' }, [{ region: 'a' }, { region: {} }]],
  ];
  for (const where of wrong) {
    const filter = { where } as never;
    const asked = {
      sphere: provider.sphere({ center: [0, 0, 0], radius: 1, ...(filter as object) }),
      nearest: provider.nearest({ center: [0, 0, 0], count: 1, ...(filter as object) }),
      box: provider.box({ min: [0, 0, 0], max: [1, 1, 1], ...(filter as object) }),
    };
    for (const [question, rows] of Object.entries(asked))
      expect(await failure(rows.toArray()), `${question}: ${inspect(where)}`).toBeInstanceOf(ArgumentError);
  }
  const unknown = provider.box({ min: [0, 0, 0], max: [1, 1, 1], where: { Regions: 'a' } }).toArray();
  await expect(unknown).rejects.toMatchObject({
    message: expect.stringMatching(/^where: "Regions" is not a facet .*: did you mean region\?$/),
    expected: 'region',
    found: 'Regions',
  });
}

/** That every question ends with the reason of its signal. */
export async function examineAborts(provider: DataProvider): Promise<void> {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  const first = async (rows: AsyncIterable<unknown>) => {
    for await (const _ of rows) return;
  };
  const asked: Record<string, () => Promise<unknown>> = {
    sphere: () => provider.sphere({ center: [0, 0, 0], radius: 1, signal }).toArray(),
    nearest: () => provider.nearest({ center: [0, 0, 0], count: 1, signal }).toArray(),
    box: () => provider.box({ min: [0, 0, 0], max: [1, 1, 1], signal }).toArray(),
    'sphere, row by row': () => first(provider.sphere({ center: [0, 0, 0], radius: Infinity, signal })),
    details: () => provider.details([{ id: 'a', x: 0, y: 0, z: 0 }], { signal }),
    'details of nothing': () => provider.details([], { signal }),
    system: () => provider.system('a', { signal }),
    systemsByName: () => provider.systemsByName('a', { signal }),
    systemById: () => provider.systemById('a', { signal }),
    names: () => provider.names({ signal }),
    'no names': () => provider.names({ limit: 0, signal }),
    page: () => provider.page({ signal }),
    regions: () => provider.regions({ signal }).toArray(),
    'regions, row by row': () => first(provider.regions({ signal })),
    inRegion: () => provider.inRegion('a', { signal }).toArray(),
    search: () => provider.search('a', { signal }),
  };
  for (const [question, ask] of Object.entries(asked)) expect(await failure(ask()), question).toBe(reason);
}
