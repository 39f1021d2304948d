/** The migration guide's own ways: Python over SQLite, its REST API, and loading all of `data.json`. */
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { type ChildServer, startServer } from '#build/child-server.ts';
import type { Peer } from './peers.ts';
import { type Cost, processCost } from './process-cost.ts';

const GUIDE = fileURLToPath(new URL('guide.py', import.meta.url));
const API = fileURLToPath(new URL('../guide_api.py', import.meta.url));

/** Migrates a `data.json` to the guide's SQLite database. */
export async function migrate(json: string, database: string): Promise<Cost> {
  return (await processCost('python3', [GUIDE, 'migrate', json, database])).cost;
}

/**
 * Asks the database all questions twice, in one process of Python.
 * @returns medians of the second turn in seconds, by `sphere N` and `name`
 */
export async function askGuide(database: string, questions: string): Promise<Record<string, number>> {
  const { stdout } = await $({ quiet: true })`python3 ${GUIDE} ask ${database} ${questions}`;
  return JSON.parse(stdout) as Record<string, number>;
}

/** The cost of one sphere by loading all of `data.json`. */
export async function loadAll(json: string, questions: string): Promise<Cost> {
  return (await processCost('python3', [GUIDE, 'load', json, questions])).cost;
}

export async function hasFlask(): Promise<boolean> {
  return (await $({ quiet: true, nothrow: true })`python3 -c ${'import flask'}`).exitCode === 0;
}

/** Starts the guide's Flask API over a database. @throws Error if it does not start */
export function startApi(database: string): Promise<ChildServer> {
  return startServer('python3', [API, database, '0']);
}

/** The API at a URL. Its default limit loses rows, so a sphere asks for all. */
export function guideApi(url: string): Peer {
  return {
    name: "the guide's REST API",
    async sphere([cx, cy, cz], radius) {
      const query = new URLSearchParams(
        Object.entries({ cx, cy, cz, radius, limit: 1e9 }).map(([key, value]) => [key, String(value)]),
      );
      return ((await (await fetch(`${url}api/systems/visible?${query}`)).json()) as unknown[]).length;
    },
    async byName(name) {
      return (await fetch(`${url}api/systems/${encodeURIComponent(name)}`)).ok;
    },
    async close() {},
  };
}
