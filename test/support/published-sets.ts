/** Sets that are versions of one catalogue, and stores in which tests let time pass and writers die. */
import { afterAll, beforeAll } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { openTileset, type Source, type Tileset } from '#client/node/index.ts';
import { DERIVED_REGION } from '#format/index.ts';
import { type Edit, type Store, type StoredFile, verifySet } from '#pipeline/index.ts';
import { buildTexts, ndjson, PLAIN } from './chunk-sets.ts';
import { temporaryFolder } from './temporary.ts';

/** Systems of a version: those on one side change with each, those on the other never. */
export function recordsOf(version: number): JsonObject[] {
  return Array.from({ length: 24 }, (_, i) => ({
    id: `s${i}`,
    name: `Star ${i}`,
    x: i < 8 ? -1000 - i : 1000 + i,
    y: i,
    z: 0,
    version: i < 8 ? version : 0,
  }));
}

/** The edit that gives a set a record, or alters it. */
export function upsertOf(fields: JsonObject): Edit {
  const { id, name, x, y, z } = fields as Record<string, never>;
  const region = 'Unknown';
  return {
    action: 'upsert',
    system: { ...{ id: id!, name: name!, region, x: x!, y: y!, z: z! }, derived: DERIVED_REGION, fields },
  };
}

const OPTIONS = { ...PLAIN, chunkLimit: 8, summary: ['version'] };

export interface Versions {
  /** Folders of the sets; known once the tests run. */
  readonly folders: readonly string[];
  /** Their generations. */
  readonly generations: readonly string[];
}

/** Registers the hooks that build some versions and remove them. */
export function versions(count: number): Versions {
  const folder = temporaryFolder();
  const folders: string[] = [];
  const generations: string[] = [];
  beforeAll(async () => {
    for (let version = 0; version < count; version++) {
      const { directory, files } = await buildTexts(
        folder.path,
        [ndjson(recordsOf(version))],
        OPTIONS,
        `version-${version}`,
      );
      folders.push(directory);
      generations.push(files.index.generation);
    }
  });
  afterAll(folder.remove);
  return { folders, generations };
}

/**
 * The version of all systems of a set.
 * @param generations of the versions: that of the index must be the one of its systems
 * @throws Error for a wrong or mixed answer
 */
export async function versionIn(
  source: Source | string,
  generations?: readonly string[],
  onOpen?: (generation: string) => void,
): Promise<number> {
  const tileset = await openTileset(source);
  const { generation } = tileset.index;
  onOpen?.(generation);
  const version = await versionOf(tileset);
  if (generations && generations[version] !== generation)
    throw new Error(`${generation} has version ${version}`);
  return version;
}

/** The version of all systems of an open set. @throws Error for a wrong or mixed answer */
export async function versionOf(tileset: Tileset): Promise<number> {
  const rows = await tileset.sphere({ center: [0, 0, 0], radius: Number.POSITIVE_INFINITY }).toArray();
  const expected = recordsOf(Number(rows.find(({ id }) => id === 's0')?.fields?.['version']));
  const text = (records: readonly JsonObject[]) =>
    JSON.stringify(records.map(({ id, x, version }) => [id, x, version]).sort());
  const found = rows.map(({ id, x, fields }) => ({ id, x, version: fields!['version']! }));
  if (text(found) !== text(expected)) throw new Error(`a mixed answer: ${text(found)}`);
  return expected[0]!['version'] as number;
}

/** The version of a set in which everything is as it must be. */
export async function wholeVersionIn(store: Source | Store): Promise<number> {
  const { problems } = await verifySet(store);
  if (problems.length > 0) throw new Error(`${problems[0]!.file}: ${problems[0]!.problem}`);
  return versionIn(store);
}

export async function pathsIn(store: Store, prefix = ''): Promise<string[]> {
  return (await filesIn(store, prefix)).map(({ path }) => path);
}

export async function filesIn(store: Store, prefix = ''): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list(prefix)) files.push(file);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export type AgingStore = Store & { age(milliseconds: number, prefixes?: readonly string[]): Promise<void> };

/** Wraps a store: all files that are there, or those of some prefixes, grow older at once. */
export function agingStore(store: Store): AgingStore {
  const ages = new Map<string, { readonly version: string; readonly age: number }>();
  // A file may be written twice in a millisecond.
  const versionOf = ({ modified, etag }: StoredFile) => `${modified} ${etag}`;
  return {
    ...delegate(store),
    async *list(prefix) {
      for await (const file of store.list(prefix)) {
        const known = ages.get(file.path);
        yield known?.version === versionOf(file) ? { ...file, modified: file.modified - known.age } : file;
      }
    },
    async age(milliseconds, prefixes = ['']) {
      for await (const file of store.list('')) {
        const { path } = file;
        if (!prefixes.some(prefix => path.startsWith(prefix))) continue;
        const known = ages.get(path);
        const version = versionOf(file);
        const age = (known?.version === version ? known.age : 0) + milliseconds;
        ages.set(path, { version, age });
      }
    },
  };
}

/** A call that changes a store, or lists it. */
export interface Call {
  readonly method: 'get' | 'put' | 'list' | 'delete';
  readonly path: string;
}

/** Wraps a store: `before` is awaited before each call, and can throw. */
export function watchedStore(store: Store, before: (call: Call) => void | Promise<void>): Store {
  return {
    location: store.location,
    async get(path, options) {
      await before({ method: 'get', path });
      return store.get(path, options);
    },
    async put(path, content, options) {
      await before({ method: 'put', path });
      await store.put(path, content, options);
    },
    async *list(prefix) {
      await before({ method: 'list', path: prefix });
      yield* store.list(prefix);
    },
    async delete(path, options) {
      await before({ method: 'delete', path });
      await store.delete(path, options);
    },
  };
}

/** Wraps a store for a writer that dies at its nth change: that one and all calls after it fail. */
export function mortalStore(store: Store, changes: number): Store & { readonly isDead: boolean } {
  let left = changes;
  const mortal = watchedStore(store, ({ method }) => {
    if (left <= 0) throw new Error('killed');
    if (method === 'put' || method === 'delete') left--;
    if (left <= 0) throw new Error('killed');
  });
  return Object.defineProperty(mortal as Store & { isDead: boolean }, 'isDead', { get: () => left <= 0 });
}

function delegate(store: Store): Store {
  return watchedStore(store, () => {});
}
