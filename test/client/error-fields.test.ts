import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { gunzipSync, gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { describe, expect, test } from 'vitest';
import {
  AmbiguousNameError,
  ArgumentError,
  CorruptError,
  type HavenErrorName,
  httpSource,
  isHavenError,
  jsonProvider,
  memorySource,
  openTileset,
  type SetIndex,
  standardFold,
  VersionError,
} from '#client/node/index.ts';
import { ERROR_CLASSES } from '#test/support/error-classes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/golden/set');

/** The committed set, in memory. */
function golden(): Map<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map(path => [path.slice(folder.length + 1), readFileSync(path)]));
}

const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as SetIndex;
const { hash, length } = index.tree!;
const tree = `tree/${hash}.mpk`;

/** The set with other content in one file. */
function changed(path: string, change: (content: Buffer) => Uint8Array | undefined): Map<string, Uint8Array> {
  const files = golden();
  const content = change(Buffer.from(files.get(path)!));
  if (content) files.set(path, content);
  else files.delete(path);
  return files;
}

/** The error of the first query to a set. */
const failure = (files: Map<string, Uint8Array>) =>
  openTileset(memorySource(files))
    .then(set => set.root())
    .then(
      () => expect.fail('no error'),
      (error: unknown) => error,
    );

describe('errors have fields', () => {
  test('of another content: the expected hash and the one found', async () => {
    const content = Buffer.from(gunzipSync(golden().get(tree)!));
    content[content.length - 1]! ^= 1;
    const found = createHash('sha256').update(content).digest('hex').slice(0, 40);
    const error = await failure(changed(tree, () => gzipSync(content)));
    expect(error).toBeInstanceOf(CorruptError);
    expect(error).toMatchObject({
      file: tree,
      expected: hash,
      found,
      reason: expect.stringContaining(found),
    });
  });

  test('of another length: the expected length and the one found, in bytes', async () => {
    const error = await failure(changed(tree, file => gzipSync(gunzipSync(file).subarray(1))));
    expect(error).toMatchObject({ name: 'CorruptError', file: tree, expected: length, found: length - 1 });
  });

  test('of a missing file: its path', async () => {
    const error = await failure(changed(tree, () => undefined));
    expect(error).toMatchObject({ name: 'NotFoundError', file: tree });
  });

  test('of a newer format: both versions', async () => {
    const newer = JSON.stringify({ ...index, version: 99 });
    const error = await failure(changed('index.json', () => Buffer.from(newer)));
    expect(error).toBeInstanceOf(VersionError);
    expect(error).toMatchObject({ found: 99, expected: index.version, supported: index.version });
  });

  test('of an index with a wrong member: what it is and what it must be', async () => {
    const malformed = JSON.stringify({ ...index, counts: 7 });
    const error = await failure(changed('index.json', () => Buffer.from(malformed)));
    expect(error).toMatchObject({ file: 'index.json', expected: expect.any(String), found: 7 });
    expect(error).toMatchObject({ message: expect.stringMatching(/; build the set again$/) });
  });

  test('of a refused request: status and address', async () => {
    const send = () => Promise.resolve(new Response('', { status: 403 }));
    const error = await httpSource('https://example.org/set?key=1', { fetch: send })
      .get(tree)
      .catch((error: unknown) => error);
    const url = `https://example.org/set/${tree}`;
    expect(error).toMatchObject({ name: 'NetworkError', status: 403, url, reason: expect.any(String) });
  });

  test('of an invalid argument: the value', async () => {
    const set = await openTileset(memorySource(golden()));
    expect(() => set.sphere({ center: [0, 0, 0], radius: -1 })).toThrow(
      expect.objectContaining({ name: 'ArgumentError', found: -1 }),
    );
  });

  test('of malformed JSON: line, column, what was expected and found', () => {
    expect(() => jsonProvider('[\n  {} 7]', { fold: standardFold(), location: 'a.json' })).toThrow(
      expect.objectContaining({ name: 'CorruptError', file: 'a.json', line: 2, column: 6, found: '7' }),
    );
  });
});

describe('isHavenError', () => {
  const error = new CorruptError('altered', { file: 'a' });

  test('knows an error by the name of its class', () => {
    expect(isHavenError(error)).toBe(true);
    expect(isHavenError(error, 'CorruptError')).toBe(true);
    expect(isHavenError(error, 'NotFoundError')).toBe(false);
    expect(isHavenError(new ArgumentError(''), 'ArgumentError')).toBe(true);
  });

  test.each([
    undefined,
    null,
    'CorruptError',
    7,
    new Error('altered'),
    { name: 'CorruptError' },
    Object.create(null),
  ])('does not take %o for one', value => {
    expect(isHavenError(value)).toBe(false);
    expect(isHavenError(value, 'CorruptError')).toBe(false);
  });

  test('knows errors of another copy of the package in another realm', async () => {
    const { outputFiles } = await bundle({
      entryPoints: [join(root, 'client/errors.ts')],
      ...{ bundle: true, minify: true, write: false, format: 'iife', globalName: 'copy' },
    });
    const script = `${outputFiles[0]!.text}; new copy.AmbiguousNameError('two', ['a', 'b'])`;
    const foreign: unknown = runInNewContext(script);
    expect(foreign).not.toBeInstanceOf(AmbiguousNameError);
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isHavenError(foreign, 'AmbiguousNameError') && foreign.ids).toEqual(['a', 'b']);
    expect(isHavenError(foreign, 'CorruptError')).toBe(false);
  });

  test('has the names of all classes', () => {
    const known: Record<HavenErrorName, true> = {
      AmbiguousNameError: true,
      ArgumentError: true,
      ConflictError: true,
      CorruptError: true,
      EditConflictError: true,
      GenerationGoneError: true,
      InputError: true,
      LockedError: true,
      MissingIndexError: true,
      NetworkError: true,
      NotFoundError: true,
      MemoryError: true,
      ReaderGoneError: true,
      StoreError: true,
      TooManyResultsError: true,
      UsageError: true,
      VersionError: true,
    };
    expect(Object.keys(known).sort()).toEqual([...ERROR_CLASSES.keys()].sort());
  });
});
