/** Publishing to a real S3-compatible server, with clients that read by HTTP all the while. */
import { describe, expect, test } from 'vitest';
import { NotFoundError } from '#client/index.ts';
import {
  ConflictError,
  collectGarbage,
  history,
  publishTileset,
  rollback,
  s3Store,
} from '#pipeline/index.ts';
import { buckets } from '#test/support/buckets.ts';
import { agingStore, pathsIn, versionIn, versions, wholeVersionIn } from '#test/support/published-sets.ts';
import { call } from '#test/support/run-command.ts';
import { hasS3 } from '#test/support/servers.ts';

const DAY = 86_400_000;
/** Rounds of two publishers that race. */
const ROUNDS = Number(process.env['HAVEN_TEST_RACES'] ?? 20);

describe.skipIf(!hasS3)('a bucket', () => {
  const server = buckets();
  const { folders, generations } = versions(6);

  test('is published to with the headers of each file, and read by HTTP and s3://', async () => {
    const { location, url } = server.newSet();
    const store = s3Store(location, server.access);
    const run = (...args: string[]) => call([...args, '--endpoint', server.endpoint]);
    const planned = await run('publish', folders[0]!, location, '--plan', '--json');
    expect(await pathsIn(store)).toEqual([]);
    const { requests, cost, ...plan } = JSON.parse(planned.stdout);
    const { code, stdout, stderr } = await run('publish', folders[0]!, location, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ...plan, changed: true });
    expect([cost.requests > 0, requests.put]).toEqual([true, plan.send.files + 10]);
    expect(await versionIn(url, generations)).toBe(0);
    for (const path of await pathsIn(store)) {
      const { headers } = await fetch(url + path);
      const isMutable = path === 'index.json' || path.startsWith('history/');
      const caching = isMutable ? 'no-cache' : 'public, max-age=31536000, immutable, no-transform';
      expect(headers.get('cache-control')).toBe(caching);
      const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
      expect(headers.get('content-type')).toBe(type);
    }
    expect((await run('verify', location)).stdout).toContain('No orphans');
    const nearest = await run('query', 'nearest', location, '--center', '1008,8,0', '--count', '1');
    expect(JSON.parse(nearest.stdout)).toMatchObject({ id: 's8' });
    const inspected = await run('inspect', location, '--json');
    expect(JSON.parse(inspected.stdout).stored['index.json'].files).toBe(1);
    const [chunk] = await pathsIn(store, 'chunks/');
    expect((await run('inspect', `${location}/${chunk}`)).code).toBe(0);
    expect((await run('inspect', `${location}/chunks/none.mpk`)).code).toBe(3);
    expect((await run('export', location, '--to', '-')).code).toBe(0);
  });

  test('keeps its live generation if a publish is aborted; the next one succeeds', async () => {
    const { location, url } = server.newSet();
    await publishTileset(folders[0]!, location, server.access);
    const reason = new Error('no longer wanted');
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const publish = publishTileset(folders[1]!, location, server.access, { onProgress }, controller.signal);
    await expect(publish).rejects.toBe(reason);
    expect(await wholeVersionIn(s3Store(location, server.access))).toBe(0);
    // The next run renews the file that was sent, and does not send its bytes again.
    const renewed: string[] = [];
    const store = s3Store(location, server.access);
    await publishTileset(folders[1]!, {
      ...{
        location,
        get: store.get.bind(store),
        list: store.list.bind(store),
        delete: store.delete.bind(store),
      },
      put(path, content, options) {
        if (options?.renew !== undefined) renewed.push(path);
        return store.put(path, content, options);
      },
    });
    expect(renewed.length).toBeGreaterThan(0);
    expect(await versionIn(url, generations)).toBe(1);
    const { code, stdout } = await call(['history', location, '--endpoint', server.endpoint]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(await rollback(location, generations[0]!, server.access)).toMatchObject({ changed: true });
    expect(await versionIn(url, generations)).toBe(0);
  });

  test(`lets one of two publishers win, ${ROUNDS} times, and each loser knows; readers see whole generations`, async () => {
    const { location, url } = server.newSet();
    const publishers = [s3Store(location, server.access), s3Store(location, server.access)];
    await publishTileset(folders[0]!, publishers[0]!);
    const lives = [0];
    let isOver = false;
    let answers = 0;
    const reader = (async () => {
      for (; !isOver; answers++) await versionIn(url, generations);
    })();
    for (let round = 0; round < ROUNDS; round++) {
      const live = lives[0]!;
      const own = [1, 2]
        .map(step => (live + step + (round % 4)) % folders.length)
        .map(v => (v === live ? (v + 3) % folders.length : v));
      const base = generations[live]!;
      const both = await Promise.allSettled(
        own.map((version, i) => publishTileset(folders[version]!, publishers[i]!, { base })),
      );
      const winners = both.flatMap(({ status }, i) => (status === 'fulfilled' ? [own[i]!] : []));
      expect(winners).toHaveLength(1);
      for (const result of both) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toBeInstanceOf(ConflictError);
        expect(result.reason).toMatchObject({ expected: base, found: generations[winners[0]!] });
      }
      lives.unshift(winners[0]!);
    }
    isOver = true;
    await reader;
    expect(answers).toBeGreaterThan(0);
    const entries = await history(publishers[0]!);
    expect(entries.map(({ generation }) => generations.indexOf(generation))).toEqual(lives);
    expect(await wholeVersionIn(publishers[0]!)).toBe(lives[0]);
  });

  test('is collected under readers and a publisher: no one misses a file of a kept generation', async () => {
    const { location, url } = server.newSet();
    const store = agingStore(s3Store(location, server.access));
    await publishTileset(folders[0]!, store);
    const lives = [0];
    let isOver = false;
    const reader = (async () => {
      while (!isOver) {
        let opened = '';
        const note = (generation: string) => {
          opened = generation;
        };
        await versionIn(url, generations, note).catch(error => {
          if (!(error instanceof NotFoundError)) throw error;
          // It may read a generation that was replaced twice in between, and deleted.
          expect(lives.slice(0, 2).map(version => generations[version])).not.toContain(opened);
        });
      }
    })();
    let deleted = 0;
    for (let version = 1; version < 10; version++) {
      lives.unshift(version % folders.length);
      const [collected] = await Promise.all([
        collectGarbage(store, { keep: 2, grace: DAY }),
        publishTileset(folders[lives[0]!]!, store),
      ]);
      deleted += collected.deleted.files;
      await store.age(DAY);
    }
    isOver = true;
    await reader;
    for (let run = 0; run < 3; run++) {
      deleted += (await collectGarbage(store, { keep: 2, grace: DAY })).deleted.files;
      await store.age(DAY);
    }
    expect(deleted).toBeGreaterThan(0);
    expect(await wholeVersionIn(store)).toBe(lives[0]);
    await rollback(store, generations[lives[1]!]!);
    expect(await wholeVersionIn(store)).toBe(lives[1]);
  });
});
