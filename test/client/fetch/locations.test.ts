import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTileset as openInBrowser, openProvider as openProviderInBrowser } from '#client/index.ts';
import { ArgumentError, folderSource, NotFoundError, openProvider, openTileset } from '#client/node/index.ts';
import { buildTexts, ndjson } from '#test/support/chunk-sets.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { call } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
let directory: string;
let server: TestServer;
beforeAll(async () => {
  ({ directory } = await buildTexts(
    folder.path,
    [ndjson([{ id: 'A', name: 'Sol', x: 0, y: 0, z: 0 }])],
    {},
    'my set#1',
  ));
  server = await startServer(folder.path);
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

/** Ways in: each gives the number of systems of the set at a location. */
const DOORS: Readonly<Record<string, (location: string | URL) => Promise<number>>> = {
  openTileset: async location => (await openTileset(location)).counts.systems,
  openProvider: async location => (await openProvider(location)).counts.systems,
  'the command line': async location => {
    const { code, stdout, stderr } = await call(['query', 'system', `${location}`, '--name', 'Sol']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout === '' ? 0 : 1;
  },
};

/** Forms of one location, on this machine and on a server. */
const LOCAL: Readonly<Record<string, () => string | URL>> = {
  'a folder': () => directory,
  'a folder with a slash': () => `${directory}/`,
  'a relative folder': () => relative('', directory),
  'its index.json': () => join(directory, 'index.json'),
  'a relative index.json': () => relative('', join(directory, 'index.json')),
  'a file: URL as a string': () => pathToFileURL(directory).href,
  'a file: URL as an object': () => pathToFileURL(`${directory}/`),
  'a file: URL of its index.json': () => pathToFileURL(join(directory, 'index.json')),
};
const url = () => `${server.url}my%20set%231`;
const REMOTE: Readonly<Record<string, () => string | URL>> = {
  'a URL': url,
  'a URL with a slash': () => `${url()}/`,
  'a URL as an object': () => new URL(url()),
  'a URL of its index.json': () => `${url()}/index.json`,
  'a URL with a query string and a fragment': () => `${url()}/index.json?key=1#top`,
  'a URL in capitals': () => url().replace('http:', 'HTTP:'),
};

describe.each(Object.entries(DOORS))('%s takes', (_, open) => {
  test.each(Object.entries({ ...LOCAL, ...REMOTE }))('%s', async (_form, location) => {
    expect(await open(location())).toBe(1);
  });
});

test.each(Object.entries(REMOTE))('openTileset of a browser takes %s', async (_, location) => {
  expect((await openInBrowser(location())).counts.systems).toBe(1);
});

test.each(Object.entries(LOCAL))('folderSource takes %s', async (_, location) => {
  const source = folderSource(location());
  expect(await source.get('index.json')).toBeDefined();
  expect(source.location).toMatch(/my set#1$/);
});

describe('a location that is none', () => {
  const hint = '"example.org/stars" does not exist. Did you mean https://example.org/stars?';

  test('names what was meant where the scheme is missing', async () => {
    for (const open of [openTileset, openProvider]) {
      const error = await failure(open('example.org/stars'));
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error.message).toBe(hint);
    }
    const error = await failure(openInBrowser('example.org/stars'));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toBe(
      'the location is "example.org/stars"; give an http or https URL; haven-chunks/node reads local files',
    );
    expect((await failure(openTileset('localhost:8080'))).message).toContain('http://localhost:8080');
  });

  test.each([
    ...['ftp://example.org/stars', 's3://bucket/stars', '', 'file://host/stars', 'file:///a%2Fb'],
    'file:///a%00b',
    undefined as unknown as string,
    {} as unknown as string,
  ])('%j is an ArgumentError', async location => {
    for (const open of [openTileset, openProvider, openInBrowser, openProviderInBrowser])
      expect(await failure(open(location))).toBeInstanceOf(ArgumentError);
  });

  test('a URL of a file elsewhere is not a fault of the command line', async () => {
    const { code, stderr } = await call(['verify', 'file://host/stars']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('file://host/stars') });
  });

  test.each(['data.json', 'haven.db', 'stars.json.gz'])(
    '%s is not a host, but a missing file',
    async location => {
      const error = await failure(openProvider(location));
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error.message).not.toContain('web address');
    },
  );

  test('a folder of a name like a host is taken as it is', async () => {
    await buildTexts(folder.path, [ndjson([])], {}, 'stars.example.org');
    const location = join(folder.path, 'stars.example.org');
    expect((await openTileset(relative('', location))).counts.systems).toBe(0);
  });
});
