import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { Files } from '#client/fetch/files.ts';
import {
  ArgumentError,
  CorruptError,
  type FilesOptions,
  httpSource,
  memorySource,
  NotFoundError,
  type Source,
} from '#client/index.ts';
import { folderSource, nodeCodec } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import type { Plan, TestServer } from '#test/support/file-server.ts';
import { servedFolder } from '#test/support/served-folder.ts';
import {
  decodeText,
  failure,
  STORED,
  type StoredFile,
  storedFile,
  textOf,
  writeFolder,
} from '#test/support/stored-files.ts';

const [chunk] = STORED as [StoredFile];

const folder = servedFolder(Object.fromEntries(STORED.map(file => [file.path, file.bytes])));

async function serve(plan?: Plan, options: FilesOptions = {}): Promise<{ server: TestServer; files: Files }> {
  const server = await folder.serve(plan);
  return { server, files: new Files(httpSource(server.url), options) };
}

describe('reading', () => {
  test.each<[string, (url: string) => Source]>([
    ['http', url => httpSource(url)],
    ['a folder', () => folderSource(folder.directory)],
    ['memory', () => memorySource(new Map(STORED.map(file => [file.path, file.bytes])), 'here')],
  ])('from %s, with either codec', async (_, source) => {
    const { server } = await serve();
    for (const options of [{}, { codec: nodeCodec }]) {
      const files = new Files(source(server.url), options);
      const texts = await Promise.all(STORED.map(file => files.read(file.ref, decodeText)));
      expect(texts).toEqual(STORED.map(textOf));
    }
  });

  test('an empty file', async () => {
    const none = storedFile('');
    const files = new Files(memorySource({ [none.path]: none.bytes }));
    expect(await files.read(none.ref, decodeText)).toBe('');
  });

  test('a content that a transport has inflated is taken if its hash is right', async () => {
    const { files, server } = await serve(() => ({ kind: 'encoding' }));
    const usage = newUsage();
    expect(await files.read(chunk.ref, decodeText, { usage })).toBe(textOf(chunk));
    expect(usage.bytes).toBe(chunk.content.length);
    expect(server.bytes).toBe(chunk.bytes.length);
  });

  test('a source may stop at maxBytes: room for data that cannot be compressed, little more', async () => {
    for (const length of [0, 1, 300_000]) {
      const noise = storedFile(
        new Uint8Array(length).map((_, i) => Math.imul(i ^ (i >>> 3), 0x9e3779b1) >>> 24),
      );
      const bytes = new Uint8Array(gzipSync(noise.content, { level: 0 }));
      const bounds: number[] = [];
      const source: Source = {
        location: 'strict',
        async get(_, { maxBytes = 0 } = {}) {
          bounds.push(maxBytes);
          return bytes.subarray(0, maxBytes);
        },
      };
      expect(await new Files(source).read(noise.ref, ({ length }) => ({ value: length, cost: 1 }))).toBe(
        length,
      );
      expect(bounds[0]).toBeLessThan(1.5 * length + 1e5);
    }
  });

  test.each([
    { concurrency: 0 },
    { concurrency: 1.5 },
    { cacheBytes: -1 },
    { cacheBytes: Number.NaN },
    { maxFileBytes: 0 },
  ])('options %o are refused', options => {
    expect(() => new Files(memorySource({}), options)).toThrow(ArgumentError);
  });
});

describe('wrong files', () => {
  const { ref, path, bytes, content } = chunk;
  const flipped = (at: number) => {
    const copy = new Uint8Array(bytes);
    copy[at]! ^= 1;
    return copy;
  };
  const zip = (plain: Uint8Array | string) => new Uint8Array(gzipSync(plain));
  const long = new Uint8Array(20 << 20);

  const wrongs: [string, Uint8Array, string][] = [
    ['cut', bytes.subarray(0, -5), 'cannot be decompressed'],
    ['empty', new Uint8Array(0), `has 0 bytes, expected ${content.length}`],
    ['extended', Buffer.concat([bytes, Buffer.alloc(3)]), 'cannot be decompressed'],
    ['two members', Buffer.concat([bytes, zip('')]), 'cannot be decompressed'],
    ['a bomb', zip(long), 'cannot be decompressed to'],
    ['a byte longer', zip(Buffer.concat([content, Buffer.of(0)])), 'cannot be decompressed to'],
    [
      'a byte shorter',
      zip(content.subarray(1)),
      `has ${content.length - 1} bytes, expected ${content.length}`,
    ],
    ['another of equal length', zip(content.map(byte => byte ^ 1)), 'its content has hash'],
    ['another, not compressed', content.map(byte => byte ^ 1), 'its content has hash'],
    ['a page', new TextEncoder().encode('\ufeff\n<!DOCTYPE html><p>'), 'single-page-app fallback'],
    ['a long page', new TextEncoder().encode(`<html>${' '.repeat(1e5)}</html>`), 'single-page-app fallback'],
    ['an error in XML', new TextEncoder().encode('<?xml version="1.0"?><Error/>'), 'HTML page'],
  ];

  test.each(wrongs)('%s: CorruptError names the file and the set', async (_, wrong, reason) => {
    const { directory, remove } = await writeFolder({ [path]: wrong });
    const server = await folder.serve(undefined, directory);
    for (const source of [folderSource(directory), httpSource(server.url)]) {
      for (const options of [{}, { codec: nodeCodec }]) {
        const files = new Files(source, options);
        const decode = vi.fn(decodeText);
        const error = await failure(files.read(ref, decode));
        expect(error).toBeInstanceOf(CorruptError);
        expect(error.message).toContain(`${path} of ${source.location} is corrupt: `);
        expect(error.message).toContain(reason);
        expect(error).toMatchObject({ file: path, reason: expect.stringContaining(reason) });
        expect(decode).not.toHaveBeenCalled();
      }
    }
    // Each read asks again once.
    expect(server.hits).toHaveLength(4);
    expect(server.hits.map(hit => hit.headers['cache-control'])).toEqual([
      undefined,
      'no-cache',
      undefined,
      'no-cache',
    ]);
    remove();
  });

  test('any one bit flipped after the header gives the error or the right content, never another', async () => {
    for (let at = 10; at < bytes.length; at++) {
      const files = new Files(memorySource({ [path]: flipped(at) }), { codec: nodeCodec });
      expect(await failure(files.read(ref, decodeText))).toBeInstanceOf(CorruptError);
    }
    // The header holds a time and a system, which mean nothing here.
    for (let at = 0; at < 10; at++) {
      const files = new Files(memorySource({ [path]: flipped(at) }));
      const result = await files.read(ref, decodeText).catch(error => error);
      if (!(result instanceof CorruptError)) expect(result).toBe(textOf(chunk));
    }
  });

  test('a file that is missing: NotFoundError names it and the set', async () => {
    const { files, server } = await serve();
    const error = await failure(files.read(storedFile('nowhere').ref, decodeText));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toContain(`${storedFile('nowhere').path} of ${server.url} is missing`);
  });

  test('a length beyond maxFileBytes, or none at all, is refused before it is asked for', async () => {
    const { files, server } = await serve(undefined, { maxFileBytes: 100 });
    for (const length of [101, Number.NaN, -1]) {
      const error = await failure(files.read({ ...ref, length }, decodeText));
      expect(error).toBeInstanceOf(CorruptError);
      expect(error.message).toContain(`${length} bytes`);
    }
    expect(server.hits).toHaveLength(0);
  });

  test('a decode that throws: CorruptError names the file and keeps the cause', async () => {
    const { files } = await serve();
    const cause = new RangeError('column x has 3 rows, 4 expected');
    const error = await failure(
      files.read(ref, () => {
        throw cause;
      }),
    );
    expect(error).toBeInstanceOf(CorruptError);
    expect(error.message).toContain(path);
    expect(error.message).toContain(cause.message);
    expect(error.cause).toBe(cause);
    expect(await files.read(ref, decodeText)).toBe(textOf(chunk));
  });
});

describe('values kept', () => {
  test('a budget for all asks for each file once; a budget of nothing asks each time', async () => {
    for (const [cacheBytes, requests] of [
      [1e6, STORED.length],
      [0, 3 * STORED.length],
    ] as const) {
      const { files, server } = await serve(undefined, { cacheBytes });
      for (let round = 0; round < 3; round++) {
        await Promise.all(STORED.map(file => files.read(file.ref, decodeText)));
      }
      expect(server.hits).toHaveLength(requests);
    }
  });

  test('files of equal hash but another kind are apart', async () => {
    const details = storedFile('content 0 ', 'details');
    const tree = storedFile('content 0 ', 'tree');
    const files = new Files(memorySource({ [details.path]: details.bytes, [tree.path]: tree.bytes }));
    expect(await files.read(details.ref, () => ({ value: 'details', cost: 1 }))).toBe('details');
    expect(await files.read(tree.ref, () => ({ value: 'tree', cost: 1 }))).toBe('tree');
  });
});
