/** Inputs as they come: packed, by path and glob, from standard input. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, UsageError } from '#pipeline/index.ts';
import { fileInput, readRecords, resolveInputs, standardInput } from '#pipeline/source/index.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import { A, B, input, readAll } from './source-tools.ts';

describe('gzip', () => {
  const text = Buffer.from(`${A}\n${B}\n`);
  const members = Buffer.concat([gzipSync(text.subarray(0, 20)), gzipSync(''), gzipSync(text.subarray(20))]);
  test('data that hides behind zeros is seen after many chunks, too', async () => {
    const many = Array.from(
      { length: 5000 },
      (_, i) => `{"id":"${createHash('sha256').update(`${i}`).digest('hex')}"}\n`,
    );
    const stored = Buffer.concat([gzipSync(many.join('')), Buffer.from([0, 1])]);
    const got = await readAll(input(stored, [4096]));
    expect(got.error!.message).toMatch('other data follows the gzip data');
  });

  for (const chunk of [1, 7, 1000]) {
    test(`many members, chunks of ${chunk}`, async () => {
      expect((await readAll(input(members, [chunk]))).records.map(r => r.text)).toEqual([A, B]);
    });
    test(`cut, chunks of ${chunk}`, async () => {
      for (const length of [2, 5, 30, members.length - 1]) {
        const { error } = await readAll(input(members.subarray(0, length), [chunk]));
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).toMatch(/^test\.json: the gzip data is truncated/);
      }
    });
    test(`damaged, chunks of ${chunk}`, async () => {
      const damaged = Buffer.from(gzipSync(text));
      damaged[damaged.length - 6]! ^= 1;
      const { error } = await readAll(input(damaged, [chunk]));
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(/^test\.json: the gzip data is corrupt \(incorrect data check\)/);
    });
    test(`data that hides behind zeros is seen, chunks of ${chunk} and more`, async () => {
      const hidden = Buffer.concat([members, Buffer.alloc(1), Buffer.alloc(1, 1)]);
      const { error } = await readAll(input(hidden, [chunk, 20, 1 << 20]));
      expect(error!.message).toMatch('other data follows the gzip data');
    });
    test(`zeros may follow, other data may not, chunks of ${chunk}`, async () => {
      const padded = Buffer.concat([members, Buffer.alloc(50)]);
      expect((await readAll(input(padded, [chunk]))).records).toHaveLength(2);
      const hidden = Buffer.concat([padded, gzipSync(text)]);
      expect((await readAll(input(hidden, [chunk]))).error!.message).toMatch(
        'other data follows the gzip data',
      );
      const junk = Buffer.concat([members, Buffer.from('junk')]);
      expect((await readAll(input(junk, [chunk]))).error).toBeInstanceOf(InputError);
    });
  }
});

describe('inputs', () => {
  const { path: folder, remove } = temporaryFolder();
  beforeAll(async () => {
    await writeFile(join(folder, 'b.json'), `[${B}]`);
    await writeFile(join(folder, 'a.json'), `[${A}]`);
    await writeFile(join(folder, '[ab].json'), '[]');
  });
  afterAll(remove);

  test('files as they are given, globs sorted, a path that reads as a glob is itself', async () => {
    const at = (name: string) => join(folder, name);
    const found = await resolveInputs([at('b.json'), '-', at('[ab].json'), at('?.json')]);
    expect(found.map(({ file, index }) => [file, index])).toEqual([
      [at('b.json'), 0],
      ['standard input', 1],
      [at('[ab].json'), 2],
      [at('a.json'), 3],
    ]);
    expect(found.map(({ path, size }) => [path !== undefined, size])).toEqual([
      [true, 30],
      [false, undefined],
      [true, 2],
      [true, 30],
    ]);
  });

  test('files of a glob in the order of the bytes of their names', async () => {
    const names = ['\uff5e.tsv', '\u{1f680}.tsv'];
    for (const name of names) await writeFile(join(folder, name), 'id\tx\ty\tz\n');
    const found = await resolveInputs([join(folder, '*.tsv')]);
    expect(found.map(({ file }) => file)).toEqual(names.map(name => join(folder, name)));
  });

  test('a path that cannot be an input', async () => {
    await expect(resolveInputs([join(folder, 'none.json')])).rejects.toThrow(/none\.json" does not exist/);
    await expect(resolveInputs([join(folder, 'a.json', 'b')])).rejects.toThrow(UsageError);
    await expect(resolveInputs([join(folder, '*.csv')])).rejects.toThrow(/no file matches ".*\*\.csv"/);
    await expect(resolveInputs([folder])).rejects.toThrow(/is a directory: name its files/);
    await expect(resolveInputs(['-', '-'])).rejects.toThrow(UsageError);
  });

  test.skipIf(process.platform === 'win32')('a socket', async () => {
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    try {
      await expect(resolveInputs([path])).rejects.toThrow(/socket" is a socket, .*: name a file/);
    } finally {
      server.close();
    }
  });

  test('a file is read, with progress', async () => {
    const progress: unknown[] = [];
    const [file] = await resolveInputs([join(folder, 'a.json')]);
    for await (const batch of readRecords(file!, { onProgress: (...args) => progress.push(args) })) {
      expect(batch[0]!.bytes.toString()).toBe(A);
    }
    expect(progress).toEqual([[30, 30]]);
  });

  test('a file that cannot be read says which', async () => {
    const path = join(folder, 'gone.json');
    await writeFile(path, '[]');
    const gone = await fileInput(path, 0);
    await rm(path);
    expect((await readAll(gone)).error).toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining(path),
    });
  });

  test.skipIf(process.platform !== 'linux')('a read that fails says where', async () => {
    const { error } = await readAll(await fileInput('/proc/self/mem', 0));
    expect(error).toMatchObject({ code: 'EIO', message: expect.stringContaining("'/proc/self/mem'") });
  });

  test('standard input is any stream, in any pieces', async () => {
    const bytes = gzipSync(`${A}\n${B}`);
    const stream = Readable.from([...bytes].map(byte => Buffer.from([byte])));
    expect((await readAll(standardInput(0, stream))).records.map(r => r.text)).toEqual([A, B]);
  });

  test('a signal ends it, with its reason', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const stream = Readable.from(
      (function* () {
        for (;;) yield Buffer.from(`${A}\n`);
      })(),
    );
    const reading = readRecords(standardInput(0, stream), {}, { signal: controller.signal, windowBytes: 64 });
    await reading.next();
    controller.abort(reason);
    await expect(reading.next()).rejects.toSatisfy(
      error => error === reason || (error as Error).cause === reason,
    );
    expect(stream.destroyed).toBe(true);
  });

  test('who stops reading closes the input', async () => {
    let closed = false;
    async function* open() {
      try {
        for (;;) yield Buffer.from(`${A}\n`);
      } finally {
        closed = true;
      }
    }
    for await (const _ of readRecords({ file: 'endless', index: 0, open }, {}, { windowBytes: 64 })) break;
    expect(closed).toBe(true);
  });
});
