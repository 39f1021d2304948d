/** Other ways to answer the same questions. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { $ } from 'zx';

/** A store of the catalogue that can be asked. */
export interface Peer {
  readonly name: string;
  /** Starts a new client; its cost is not that of a query. */
  start?(): Promise<void>;
  /** Number of systems of a sphere, each read with `COLUMNS`; a chunk set also gives them with fewer. */
  sphere(center: readonly [number, number, number], radius: number): Promise<number>;
  /** Whether there is a system with this name, read with its planets, moons and station. */
  byName(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Columns of the guide's table `systems`. */
export const COLUMNS = [
  ...['id', 'name', 'x', 'y', 'z', 'region', 'fauna', 'flora', 'sentinel', 'materials'],
  ...['base_location', 'photo', 'attributes', 'created_at', 'modified_at'],
] as const;

/** Packages that only this benchmark needs. They are installed when it runs, so that no clone carries them. */
const PACKAGES = {
  '@duckdb/node-api': '1.5.6-r.1',
  hyparquet: '1.33.0',
  'hyparquet-writer': '0.17.0',
  'wa-sqlite': '1.0.0',
} as const;

export type PeerPackage = keyof typeof PACKAGES;

const FOLDER = join(tmpdir(), 'haven-chunks-peers');

/** Installs the packages of the peers. */
export async function installPeers(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, 'package.json'), JSON.stringify({ dependencies: PACKAGES }));
  await $({ cwd: FOLDER, quiet: true })`npm install --no-audit --no-fund --loglevel=error`;
}

/** A file of a package of the peers, by the name that an import would have. */
export function peerFile(specifier: string): string {
  return createRequire(join(FOLDER, 'index.js')).resolve(specifier);
}

/** Imports a module of a peer. */
export async function importPeer<T>(specifier: string): Promise<T> {
  return (await import(pathToFileURL(peerFile(specifier)).href)) as T;
}
