import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { DatabaseThread } from '#pipeline/export/database-thread.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const system = {
  id: 'a',
  name: 'A',
  region: 'R',
  x: 0,
  y: 0,
  z: 0,
  derived: 0,
  record: { x: 0, y: 0, z: 0 },
};

/** A thread that writes a database, and its worker. */
async function startThread(file: string): Promise<{ thread: DatabaseThread; worker: Worker }> {
  const started = once(process, 'worker');
  const thread = new DatabaseThread(file, undefined);
  const [worker] = (await started) as [Worker];
  await once(worker, 'online');
  return { thread, worker };
}

test('a file that cannot be opened is the error of the first systems, however late they come', () =>
  inFolder(async folder => {
    const { thread } = await startThread(join(folder, 'missing', 'x.db'));
    try {
      await thread.add([system]);
      expect(await failure(thread.finish())).toMatchObject({ code: 'ERR_SQLITE_ERROR' });
    } finally {
      thread.close();
    }
  }));

test('a thread that ends is an error', () =>
  inFolder(async folder => {
    const { thread, worker } = await startThread(join(folder, 'x.db'));
    await worker.terminate();
    await thread.add([system]);
    const error = await failure(thread.finish());
    expect(error.message).toBe('the thread that writes the database ended: exit code 1');
  }));
