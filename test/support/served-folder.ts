/** A temporary folder of files for the tests of one module, and servers of it that end with each test. */
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { type Plan, startServer, type TestServer } from './file-server.ts';
import { writeFolder } from './stored-files.ts';

export interface ServedFolder {
  /** The folder; known once the tests run. */
  readonly directory: string;
  /** Starts a server of the folder, or of another one. */
  serve(plan?: Plan, directory?: string): Promise<TestServer>;
}

/**
 * Registers the hooks that write and remove the folder and close the servers. Retries do not wait: their jitter is 0,
 * and `retryDelay` has a test of its own.
 */
export function servedFolder(files: Readonly<Record<string, Uint8Array>>): ServedFolder {
  let folder: Awaited<ReturnType<typeof writeFolder>>;
  const open = new Set<TestServer>();
  beforeAll(async () => {
    folder = await writeFolder(files);
  });
  afterAll(() => folder.remove());
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(async () => {
    await Promise.all([...open].map(server => server.close()));
  });
  return {
    get directory() {
      return folder.directory;
    },
    async serve(plan, directory = folder.directory) {
      const server = await startServer(directory, plan ? { plan } : {});
      const close = server.close;
      server.close = () => {
        open.delete(server);
        return close();
      };
      open.add(server);
      return server;
    },
  };
}
