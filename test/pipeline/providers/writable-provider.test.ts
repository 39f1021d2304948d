/** One suite for all storages: after random writes every query agrees with SQL over the same records. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isHavenError, type JsonObject, openTileset, type WritableProvider } from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { DEFAULT_FACETS, foldTable, makeFold } from '#format/index.ts';
import { EditConflictError, InputError, openWritableProvider, UsageError } from '#pipeline/index.ts';
import { examine } from '#test/client/providers/provider-conformance.ts';
import { exactText, seeded } from '#test/support/arbitrary.ts';
import { lines } from '#test/support/catalogues.ts';
import { type Built, buildTexts, ndjson, recordText } from '#test/support/chunk-sets.ts';
import { havenRecord, writeHaven } from '#test/support/databases.ts';
import { LISTINGS } from '#test/support/listing-oracle.ts';
import { patiently } from '#test/support/patiently.ts';
import { outcome, PIPELINE, startProcess } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const fold = makeFold(foldTable());
const STAMP = { created_at: '2026-01-01T00:00:00Z', modified_at: '2026-02-01T00:00:00Z' };
const GALAXY: readonly JsonObject[] = [...galaxySystems({ count: 200, seed: 3 })].map(system => ({
  ...havenRecord(system as unknown as JsonObject),
  ...STAMP,
}));

const listOf = (records: readonly JsonObject[]) => records.map(record => exactText(record)).join();
const keyed = (records: readonly JsonObject[]) =>
  records.map(record => `${JSON.stringify(record['name'])}:${exactText(record)}`).join();

/** Writes records as a catalogue of each kind, and gives its path. */
const KINDS: Readonly<
  Record<string, (folder: string, records: readonly JsonObject[]) => string | Promise<string>>
> = {
  'a chunk set': async (folder, records) => (await builtSet(folder, records, 'set')).directory,
  SQLite: (folder, records) => {
    writeHaven(join(folder, 'haven.db'), records);
    return join(folder, 'haven.db');
  },
  NDJSON: (folder, records) => file(folder, ndjson(records)),
  'an array, in gzip': (folder, records) => file(folder, gzipSync(`[${listOf(records)}]`)),
  'an object of systems by name, indented': (folder, records) =>
    file(
      folder,
      `${JSON.stringify({ _meta: { by: 'us' }, ...JSON.parse(`{${keyed(records)}}`) }, null, 2)}\n`,
    ),
  'arrays of regions': (folder, records) => {
    const regions = [...new Set(records.map(({ region }) => region as string))];
    const members = regions.map(
      region => `${JSON.stringify(region)}:[${listOf(records.filter(own => own['region'] === region))}]`,
    );
    return file(folder, `{"_meta":{},${members.join()}}`);
  },
};

/** The facets are declared whether a system has a value or not, as in the other providers. */
function builtSet(folder: string, records: readonly JsonObject[], name: string): Promise<Built> {
  const options = { chunkLimit: 16, facets: DEFAULT_FACETS, listings: LISTINGS };
  return buildTexts(folder, [ndjson(records)], options, name);
}

function file(folder: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, 'catalogue.json'), content);
  return join(folder, 'catalogue.json');
}

/** The records of a catalogue while it is edited. */
class Model {
  readonly records = new Map<string, JsonObject>();
  readonly #random: () => number;
  #new: JsonObject[];

  constructor(seed: number, systems = 40) {
    this.#random = seeded(seed);
    for (const record of GALAXY.slice(0, systems)) this.records.set(record['id'] as string, record);
    this.#new = GALAXY.slice(systems);
  }

  #id(): string {
    const ids = [...this.records.keys()];
    return ids[Math.floor(this.#random() * ids.length)]!;
  }

  #updates(): JsonObject {
    const name = `Renamed ${Math.floor(this.#random() * 1e9)}`;
    const kinds: JsonObject[] = [
      { name },
      { x: this.#random() * 1e4 - 5e3, y: -1, z: 0.5 },
      { region: this.#random() < 0.5 ? 'Adam' : 'A region that is new' },
      { materials: 'Gold, Cadmium', 'never seen': 'a text', visits: 7 },
      { planets: [{ name: 'Only', mass: 3.5, moons: [{ name: 'm', orbit_radius: 0.5 }] }] },
      { planets: [] },
      { space_station: { name: 'S', x: 1, y: 2, z: 3 } },
      { fauna: null },
    ];
    return { ...kinds[Math.floor(this.#random() * kinds.length)], modified_at: '2026-03-01T00:00:00Z' };
  }

  /** Makes a random edit, here and in a provider. */
  async edit(provider: WritableProvider): Promise<void> {
    const kind = this.#random();
    if (kind < 0.3 || this.records.size === 0) {
      const record = this.#new.pop()!;
      expect(await provider.addSystem(record)).toBe(record['id']);
      this.records.set(record['id'] as string, record);
    } else if (kind < 0.75) {
      const [id, updates] = [this.#id(), this.#updates()];
      await provider.updateSystem(id, updates);
      this.records.set(id, { ...this.records.get(id), ...updates });
    } else {
      const id = this.#id();
      await provider.deleteSystem(id);
      this.records.delete(id);
    }
  }

  /** The records as a storage has them. */
  read(isDatabase: boolean): JsonObject[] {
    const records = [...this.records.values()];
    if (!isDatabase) return records;
    return records.map(record => {
      const { planets, ...rest } = record;
      const cells = Object.entries(rest).filter(([, value]) => value !== null);
      return {
        ...Object.fromEntries(cells),
        ...((planets as unknown[])?.length > 0 && { planets }),
      } as JsonObject;
    });
  }
}

describe.each(Object.entries(KINDS))('%s', (kind, write) => {
  const opened = (
    use: (provider: WritableProvider, model: Model, path: string) => Promise<void>,
    systems?: number,
  ) =>
    inFolder(async folder => {
      const model = new Model(kind.length, systems);
      const path = await write(folder, [...model.records.values()]);
      const provider = await openWritableProvider(path);
      try {
        await use(provider, model, path);
      } finally {
        provider.close();
      }
    });

  test('refuses a write after it was closed', () =>
    opened(async (provider, model) => {
      provider.close();
      for (const write of [
        () => provider.addSystem({ id: 'late', name: 'Late', x: 1, y: 2, z: 3 }),
        () => provider.deleteSystem(`${[...model.records.values()][0]!['id']}`),
      ]) {
        const error = await failure(write());
        expect(error).toBeInstanceOf(UsageError);
        expect(error.message).toContain('the catalogue is closed: open it again');
      }
    }));

  test('answers as SQL does after random writes, and so does a provider that is opened then', () =>
    opened(async (provider, model, path) => {
      for (let i = 0; i < 30; i++) {
        await model.edit(provider);
        expect(provider.counts.systems).toBe(model.records.size);
      }
      const { systems } = lines(model.read(kind === 'SQLite'));
      await examine(systems, fold, () => provider, { questions: 10, seed: 1 });
      await examine(systems, fold, () => openWritableProvider(path), { questions: 10, seed: 2 });
    }));

  test('deletes all systems, and takes new ones', () =>
    opened(async (provider, model) => {
      for (const id of [...model.records.keys()]) await provider.deleteSystem(id);
      expect(provider.counts).toEqual({ systems: 0, planets: 0, moons: 0, stations: 0 });
      const record = GALAXY[0]!;
      await provider.addSystem(record);
      expect(recordText((await provider.systemById(record['id'] as string))?.record)).toBe(
        recordText(record),
      );
      expect(provider.counts.systems).toBe(1);
    }, 10));

  test('refuses an id that is taken or unknown, and records that cannot be stored; nothing has changed then', () =>
    opened(async (provider, model, path) => {
      const [id] = [...model.records.keys()] as [string];
      const taken = await failure(provider.addSystem({ id, name: 'a', x: 0, y: 0, z: 0 }));
      expect(taken).toBeInstanceOf(EditConflictError);
      expect(taken).toMatchObject({ found: id, field: 'id' });
      for (const edit of [provider.updateSystem('☃', { fauna: 'a' }), provider.deleteSystem('☃')]) {
        const error = await failure(edit);
        expect(error).toBeInstanceOf(EditConflictError);
        expect(error).toMatchObject({ found: '☃' });
      }
      const point = { x: 0, y: 0, z: 0 };
      for (const [edit, field] of [
        [provider.addSystem({ id: 'B', x: 0, y: 0 }), 'z'],
        [provider.addSystem({ ...point }), 'name'],
        [provider.addSystem({ ...point, id: 'B', a: Number.NaN }), 'a'],
        [provider.addSystem({ ...point, id: 'B', a: '\ud800' }), 'a'],
        [provider.addSystem([] as never), undefined],
        [provider.updateSystem(id, { id: 'B' }), 'id'],
        [provider.updateSystem(id, { x: 'far' }), 'x'],
        [provider.updateSystem(id, { y: null }), 'y'],
      ] as const) {
        const error = await failure(edit);
        expect(error).toBeInstanceOf(InputError);
        expect((error as InputError).field).toBe(field);
      }
      const { systems } = lines(model.read(kind === 'SQLite'));
      await examine(systems, fold, () => openWritableProvider(path), { questions: 2, seed: 3 });
    }));

  test('makes an id for a system without one, and keeps a record that its caller changes later', () =>
    opened(async provider => {
      const record: JsonObject = { name: 'No id', x: 1, y: 2, z: 3, region: 'R' };
      const adding = provider.addSystem(record);
      record['name'] = 'changed';
      const id = await adding;
      expect(id).toMatch(/^SYS_[0-9a-f]{32}$/);
      const found = await provider.systemById(id);
      expect(found).toMatchObject({ name: 'No id', record: { id, name: 'No id', region: 'R' } });
      await provider.updateSystem(id, { fauna: 'High', id });
      expect((await provider.systemById(id))?.record).toMatchObject({ id, fauna: 'High' });
    }));

  test('gives a typed error for a catalogue that was damaged or removed since', () =>
    opened(async (provider, _, path) => {
      const own = statSync(path).isDirectory() ? join(path, 'index.json') : path;
      const content = readFileSync(own);
      const write = () =>
        failure(provider.addSystem({ id: 'new', name: 'New', x: 0, y: 0, z: 0, region: 'A' }));
      for (const length of [content.length >> 1, 1, 0]) {
        writeFileSync(own, content.subarray(0, length));
        const error = await write();
        expect(isHavenError(error), `${length} bytes: ${error}`).toBe(true);
      }
      rmSync(own);
      expect(isHavenError(await write()), 'removed').toBe(true);
    }));

  test('takes writes of several processes and providers at once', () =>
    opened(async (provider, model, path) => {
      const script = join(import.meta.dirname, 'add-systems.ts');
      const children = ['a', 'b'].map(prefix =>
        outcome(startProcess(process.execPath, [script, PIPELINE, path, prefix, '3'])),
      );
      const other = await openWritableProvider(path);
      const own = ['c', 'd'].flatMap((prefix, i) =>
        Array.from({ length: 3 }, (_, nth) => {
          const id = `${prefix}${nth}`;
          const system = { id, name: id, x: nth, y: 0, z: 0 };
          return patiently(() => (i === 0 ? provider : other).addSystem(system));
        }),
      );
      await Promise.all(own);
      for (const child of await Promise.all(children))
        expect(child).toEqual({ code: 0, stdout: '', stderr: '' });
      other.close();
      const reopened = await openWritableProvider(path);
      expect(reopened.counts.systems).toBe(model.records.size + 12);
      for (const id of ['a2', 'b2', 'c2', 'd2']) expect(await reopened.systemById(id)).toMatchObject({ id });
      reopened.close();
    }));
});

test('a write that waits for another process is refused when the catalogue is closed', () =>
  inFolder(async folder => {
    const path = join(folder, 'haven.db');
    writeHaven(path, GALAXY.slice(0, 3));
    const other = new DatabaseSync(path);
    try {
      const provider = await openWritableProvider(path);
      other.exec('BEGIN IMMEDIATE');
      const waiting = failure(provider.addSystem({ id: 'late', name: 'Late', x: 1, y: 2, z: 3 }));
      await delay(50);
      provider.close();
      const error = await waiting;
      expect(error).toBeInstanceOf(UsageError);
      expect(error.message).toContain('the catalogue is closed: open it again');
    } finally {
      other.close();
    }
  }));

test('the set of an edited chunk set is that of a build of its records', () =>
  inFolder(async folder => {
    const model = new Model(5);
    const { directory } = await builtSet(folder, [...model.records.values()], 'set');
    const provider = await openWritableProvider(join(directory, 'index.json'));
    for (let i = 0; i < 25; i++) await model.edit(provider);
    provider.close();
    const { files } = await builtSet(folder, model.read(false), 'built');
    const { generation } = await openTileset(directory);
    expect(generation).toBe(files.index.generation);
  }));
