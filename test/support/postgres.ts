/** Databases of a real PostgreSQL server, for the tests of one file. */
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type Running, startPostgres } from './servers.ts';
import { temporaryFolder } from './temporary.ts';

export interface PostgresDatabases {
  /** URL of the server with user and password, without a database; known once the tests run. */
  readonly url: string;
  /** Makes a database with some statements; returns its URL. */
  make(statements: string): Promise<string>;
}

/** Registers the hooks that start and stop the server. */
export function postgresDatabases(): PostgresDatabases {
  const folder = temporaryFolder();
  let server: Running | undefined;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres(folder.path);
  });
  afterAll(() => {
    server?.stop();
    folder.remove();
  });
  return {
    get url() {
      return server!.url;
    },
    async make(statements) {
      const name = `haven_${databases++}`;
      await withClient(`${server!.url}postgres`, client => client.query(`CREATE DATABASE ${name}`));
      await withClient(server!.url + name, client => client.query(statements));
      return server!.url + name;
    },
  };
}

/** Runs with a connection to a database. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
