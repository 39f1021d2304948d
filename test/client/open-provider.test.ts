import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { openProvider as openAnywhere } from '#client/index.ts';
import {
  ArgumentError,
  CorruptError,
  type DataProvider,
  memorySource,
  NetworkError,
  NotFoundError,
  openProvider,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { writeHaven } from '#test/support/databases.ts';
import { startServer } from '#test/support/file-server.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const record = { id: 'i', name: 'Straße', x: 1, y: 2, z: 3 };
const TEXT = JSON.stringify({ _meta: {}, data: [record] });
const LINE = `${JSON.stringify(record)}\n`;

/** A catalogue of one system in several files, some of them misnamed. */
async function inCatalogues(use: (at: (name: string) => string) => Promise<void>): Promise<void> {
  await inFolder(async folder => {
    const at = (name: string) => join(folder, name);
    writeFileSync(at('data.json'), TEXT);
    writeFileSync(
      at('lines.ndjson.gz'),
      Buffer.concat([gzipSync(LINE), gzipSync(LINE.replace('"i"', '"j"'))]),
    );
    writeFileSync(at('data.json.gz'), gzipSync(TEXT));
    writeFileSync(at('catalogue'), TEXT);
    writeFileSync(at('cut.json.gz'), gzipSync(TEXT).subarray(0, 40));
    writeHaven(at('haven.db'), [record]);
    copyFileSync(at('haven.db'), at('database.json'));
    mkdirSync(at('empty'));
    await use(at);
  });
}

/** Checks its kind, and that it answers and folds case. */
async function answers(provider: DataProvider): Promise<[kind: string, systems: number]> {
  const found = await provider.system('STRASSE', { ignoreCase: true, first: true });
  expect(found).toMatchObject({ id: 'i', record });
  const { kind, counts } = provider;
  provider.close();
  return [kind, counts.systems];
}

describe('what a file is, shows in its content', () => {
  test.each([
    ['data.json', 'json', 1],
    ['data.json.gz', 'json', 1],
    ['lines.ndjson.gz', 'json', 2],
    ['catalogue', 'json', 1],
    ['haven.db', 'sqlite', 1],
    ['database.json', 'sqlite', 1],
  ])('%s: %s', (name, kind, systems) =>
    inCatalogues(async at => {
      expect(await answers(await openProvider(at(name)))).toEqual([kind, systems]);
      expect(await answers(await openProvider(pathToFileURL(at(name))))).toEqual([kind, systems]);
    }),
  );

  test('folders, index.json and sources are chunk sets', () =>
    inCatalogues(async at => {
      for (const location of [at('empty'), at('empty/index.json'), memorySource({})]) {
        const error = await failure(openProvider(location));
        expect(error).toBeInstanceOf(NotFoundError);
        expect(error.message).toMatch(/is not a chunk set/);
      }
    }));

  test('what is not there or is damaged', () =>
    inCatalogues(async at => {
      const error = await failure(openProvider(at('none.json')));
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error.message).toBe(`${at('none.json')} does not exist: check the path`);
      expect(await failure(openProvider(at('none.json'), { kind: 'json' }))).toBeInstanceOf(NotFoundError);
      expect(await failure(openProvider(at('empty'), { kind: 'json' }))).toBeInstanceOf(NetworkError);
      const cut = await failure(openProvider(at('cut.json.gz')));
      expect(cut).toBeInstanceOf(CorruptError);
      expect(cut.message).toMatch(/cut\.json\.gz is corrupt gzip data/);
      expect(await failure(openProvider(at('data.json'), { kind: 'sqlite' }))).toBeInstanceOf(CorruptError);
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      for (const name of ['data.json', 'haven.db', 'empty', 'none.json'])
        expect(await failure(openProvider(at(name), { signal })), name).toBe(reason);
    }));
});

describe('an address', () => {
  test('of JSON, plain or gzip; in Node and in browsers', () =>
    inCatalogues(async at => {
      const server = await startServer(at('.'));
      try {
        for (const open of [openProvider, openAnywhere]) {
          const usage = newUsage();
          expect(await answers(await open(`${server.url}data.json?v=1#a`, { usage }))).toEqual(['json', 1]);
          expect(usage).toEqual({ requests: 1, roundTrips: 1, bytes: Buffer.byteLength(TEXT), cacheHits: 0 });
          expect(await answers(await open(new URL('data.json.gz', server.url)))).toEqual(['json', 1]);
          expect(await answers(await open(`${server.url}catalogue`, { kind: 'json' }))).toEqual(['json', 1]);
          const missing = await failure(open(`${server.url}none.json`));
          expect(missing).toBeInstanceOf(NotFoundError);
          expect(missing.message).toBe(`${server.url}none.json does not exist: check the URL`);
          expect(await failure(open(`${server.url}cut.json.gz`))).toBeInstanceOf(CorruptError);
          for (const set of ['index.json', 'empty', 'catalogue']) {
            expect((await failure(open(server.url + set))).message).toMatch(/is not a chunk set/);
          }
        }
        expect(server.hits[0]).toMatchObject({ path: '/data.json', query: '?v=1' });
      } finally {
        await server.close();
      }
    }));

  test('that fails, or makes no sense', () =>
    inCatalogues(async at => {
      const server = await startServer(at('.'), { plan: () => ({ kind: 'status', status: 503 }) });
      try {
        const error = await failure(openAnywhere(`${server.url}data.json`, { http: { retries: 1 } }));
        expect(error).toBeInstanceOf(NetworkError);
        expect(error.message).toBe(`${server.url}data.json: status 503 (attempt 2 of 2)`);
      } finally {
        await server.close();
      }
      expect(await failure(openAnywhere('http://user:secret@localhost/data.json'))).toBeInstanceOf(
        ArgumentError,
      );
      for (const kind of ['sqlite', 'nonsense'] as const) {
        const wrong = await failure(openAnywhere('http://localhost/a', { kind: kind as 'sqlite' }));
        expect(wrong).toBeInstanceOf(ArgumentError);
        expect(wrong.message).toBe(`kind is "${kind}"; give chunks, or json with a URL`);
      }
      expect(await failure(openAnywhere(memorySource({}), { kind: 'json' }))).toBeInstanceOf(ArgumentError);
      expect(await failure(openProvider('http://localhost/a.db', { kind: 'sqlite' }))).toBeInstanceOf(
        ArgumentError,
      );
    }));
});

describe('HAVEN_PROVIDER', () => {
  test('decides, unless an option does', () =>
    inCatalogues(async at => {
      vi.stubEnv('HAVEN_PROVIDER', 'json');
      expect(await failure(openProvider(at('haven.db')))).toBeInstanceOf(CorruptError);
      expect(await answers(await openProvider(at('haven.db'), { kind: 'sqlite' }))).toEqual(['sqlite', 1]);
      vi.stubEnv('HAVEN_PROVIDER', 'chunks');
      expect((await failure(openProvider(at('data.json')))).message).toMatch(/is not a chunk set/);
      vi.stubEnv('HAVEN_PROVIDER', '');
      expect(await answers(await openProvider(at('data.json')))).toEqual(['json', 1]);
    }));

  test('and the option are refused where they name no kind', () =>
    inCatalogues(async at => {
      vi.stubEnv('HAVEN_PROVIDER', 'SQLite');
      const error = await failure(openProvider(at('haven.db')));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toBe('HAVEN_PROVIDER is "SQLite"; give one of chunks, json, sqlite');
      const option = await failure(openProvider(at('haven.db'), { kind: 'db' as 'sqlite' }));
      expect(option.message).toBe('kind is "db"; give one of chunks, json, sqlite');
    }));
});

test('the fields that are searched can be chosen', () =>
  inCatalogues(async at => {
    for (const name of ['data.json', 'haven.db']) {
      const provider = await openProvider(at(name), { searchFields: ['id'] });
      expect((await provider.search('I')).systems).toHaveLength(1);
      expect((await provider.search('Str')).systems).toHaveLength(0);
      provider.close();
    }
  }));
