import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import type { Outcome } from '#format/record/normalise.ts';
import { InputError } from '#pipeline/index.ts';
import { fileInput, type Input, readRecords } from '#pipeline/source/index.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { CATALOGUES, input, noCatalogues } from './source-tools.ts';

interface Tally {
  systems: number;
  planets: number;
  moons: number;
  stations: number;
  rejected: number;
  skipped: number;
  ids: string[];
  names: string[];
  metas: JsonValue[];
}

/** Reads and normalises a whole input. */
async function tally(from: Input, visit: (outcome: Outcome) => void = () => {}): Promise<Tally> {
  const sum: Tally = {
    systems: 0,
    planets: 0,
    moons: 0,
    stations: 0,
    rejected: 0,
    skipped: 0,
    ids: [],
    names: [],
    metas: [],
  };
  const events = {
    onMeta: (meta: JsonValue) => void sum.metas.push(meta),
    onSkip: () => void sum.skipped++,
    onReject: () => void sum.rejected++,
  };
  for await (const batch of readRecords(from, events)) {
    for (const raw of batch) {
      const outcome = normalise(raw);
      visit(outcome);
      if (outcome.kind === 'reject') sum.rejected++;
      else if (outcome.kind === 'skip') sum.skipped++;
      else {
        sum.systems++;
        sum.ids.push(outcome.system.id);
        sum.names.push(outcome.system.name);
        for (const count of ['planets', 'moons', 'stations'] as const) sum[count] += outcome.counts[count];
      }
    }
  }
  return sum;
}

const catalogue = (name: string) => fileInput(join(CATALOGUES, name), 0);

describe.skipIf(noCatalogues)('real catalogues', () => {
  const counts: Record<string, Partial<Tally>> = {
    'oec/systems.ndjson.gz': { systems: 6709, planets: 8906, moons: 18, rejected: 0, skipped: 0 },
    'oec/data.json.gz': { systems: 6693, planets: 8880, moons: 18, rejected: 0, skipped: 1 },
    'oec/without-coords.ndjson.gz': { systems: 0, rejected: 326 },
    'oec/shape-array.json': { systems: 25, planets: 27, rejected: 0, skipped: 0 },
    'oec/shape-data.json': { systems: 25, planets: 27, rejected: 0, skipped: 1 },
    'oec/shape-wrapped.json': { systems: 25, planets: 27, rejected: 0, skipped: 0 },
    'oec/shape-regions.json': { systems: 32, planets: 41, rejected: 0, skipped: 0 },
    'gaia/px80-1m.ndjson.gz': { systems: 1_045_186, rejected: 0, skipped: 0 },
    'bsc5p/stars.ndjson.gz': { systems: 9096, rejected: 5 },
    'haven/data.json': { systems: 9, planets: 7, moons: 7, stations: 2, rejected: 0, skipped: 1 },
    'haven/TESTING.json': { systems: 5, planets: 16, moons: 6, stations: 1, rejected: 0, skipped: 1 },
    'haven/test_import.json': {
      systems: 2,
      planets: 2,
      rejected: 0,
      skipped: 0,
      ids: ['SYS_TEST-IMPORT-01', 'SYS_TEST-IMPORT-02'],
    },
    'haven/haven_data_export.json': { systems: 3, planets: 4, names: ['Zebungo ultra', 'Alpha', 'W'] },
    'haven/clean_data.json': { systems: 0, rejected: 0, skipped: 1 },
    'haven/loadtest-10k.ndjson.gz': { systems: 10_000, planets: 48_742, moons: 74_709, rejected: 0 },
    'haven/pending.ndjson': { systems: 33, rejected: 0, skipped: 0 },
  };
  for (const [name, expected] of Object.entries(counts)) {
    test(name, async () => expect(await tally(await catalogue(name))).toMatchObject(expected));
  }

  test('the shapes of one catalogue hold the same systems', async () => {
    const ids = async (name: string) => new Set((await tally(await catalogue(name))).ids);
    const array = await ids('oec/shape-array.json');
    expect(await ids('oec/shape-data.json')).toEqual(array);
    expect(await ids('oec/shape-wrapped.json')).toEqual(array);
    const all = await ids('oec/systems.ndjson.gz');
    expect([...array].filter(id => !all.has(id))).toEqual([]);
  });

  test('regions are the keys where records have none', async () => {
    const regions = new Map<string, number>();
    await tally(await catalogue('oec/shape-regions.json'), outcome => {
      if (outcome.kind !== 'system') return;
      const { region } = outcome.system;
      regions.set(region, (regions.get(region) ?? 0) + 1);
    });
    expect(regions.size).toBe(8);
    expect(new Set(regions.values())).toEqual(new Set([4]));
  });

  test('_meta is handed over', async () => {
    const { metas } = await tally(await catalogue('haven/clean_data.json'));
    expect(metas).toEqual([
      {
        version: '1.0.0',
        last_modified: '2025-11-06T00:00:00Z',
        description: 'Empty Haven galaxy data - start fresh',
      },
    ]);
  });

  test('submissions without an id get one from their content', async () => {
    const kinds = { own: 0, key: 0, content: 0 };
    const { ids } = await tally(await catalogue('haven/pending.ndjson'), outcome => {
      if (outcome.kind === 'system') kinds[outcome.origin]++;
    });
    expect(kinds).toEqual({ own: 16, key: 0, content: 17 });
    expect(ids.filter(id => /^SYS_[0-9a-f]{32}$/.test(id))).toHaveLength(17);
    expect(ids.filter(id => id === '73d42884-58ab-412c-9817-86302d62e033')).toHaveLength(5);
  });

  test('JavaScript named .json is malformed where it is JavaScript', async () => {
    const reading = tally(await catalogue('haven/TESTING.malformed.json'));
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(
      /at line 61, column 77 \(byte 2164\), in data\[3\]: expected ',' or a closing bracket, found "\."/,
    );
  });
});

/** The result of a text: the fields of its systems, or the reason why there are none. */
async function fate(bytes: Uint8Array): Promise<{ fields: JsonObject[]; rejected: number; error?: Error }> {
  const fields: JsonObject[] = [];
  const keep = (outcome: Outcome) => {
    if (outcome.kind === 'system') fields.push(outcome.system.fields);
  };
  try {
    const { rejected } = await tally(input(bytes), keep);
    return { fields, rejected };
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return { fields, rejected: 0, error: error as Error };
  }
}

/** The value of a text by the JSON parser of the platform; undefined if it is not JSON, or not UTF-8. */
function platform(bytes: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

describe.skipIf(noCatalogues)('the JSON parsing corpus', () => {
  const folder = join(CATALOGUES, 'json-test-suite/test_parsing');
  const corpus = noCatalogues ? [] : readdirSync(folder).filter(name => name.endsWith('.json'));
  const join3 = (head: string, bytes: Uint8Array, tail: string) =>
    Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]);
  const good = '{"id":"good","x":1,"y":2,"z":3}';
  const record = (bytes: Uint8Array) => join3('{"id":"test","x":1,"y":2,"z":3,"field":', bytes, '}');
  const wraps: Record<string, (bytes: Uint8Array) => Buffer> = {
    'on a line': bytes => join3(`${good}\n`, record(bytes), `\n${good}\n`),
    'in a list': bytes => join3(`[${good},`, record(bytes), `,${good}]`),
    'by key': bytes => join3(`{"A":${good},"test":`, record(bytes), `,"Z":${good}}`),
  };
  /** Accepted by grammar, refused because half a surrogate pair, 500 levels or an infinite number cannot be kept. */
  const unfit = /surrogate|1st_valid|inverted|nested_arrays|not_in_unicode|huge_exp|overflow/;
  /** Accepted by grammar, refused because only one of the values could be kept. */
  const repeated = /^y_object_duplicated_key/;

  test('is whole', () => expect(corpus).toHaveLength(318));

  for (const name of corpus) {
    test(name, async () => {
      const bytes = readFileSync(join(folder, name));
      const alone = await fate(bytes);
      if (name.startsWith('y_')) expect(alone.error).toBeUndefined();
      if (name.startsWith('n_')) expect(alone.fields).toEqual([]);
      if (name.startsWith('n_')) expect(alone.error !== undefined || alone.rejected > 0).toBe(true);
      if (platform(bytes) !== undefined) expect(alone.error).toBeUndefined();

      const value = platform(bytes);
      for (const [where, wrap] of Object.entries(wraps)) {
        const oneLine = !bytes.includes(0x0a) || where !== 'on a line';
        const { fields, rejected, error } = await fate(wrap(bytes));
        const taken = fields.filter(({ id }) => id === 'test');
        if (platform(record(bytes)) === undefined || !oneLine) {
          if (!error) expect([taken, rejected]).toEqual([[], 1]);
        } else if (repeated.test(name) || (unfit.test(name) && rejected > 0)) {
          expect(name).toMatch(/^i_|^y_object_duplicated_key/);
          expect(rejected).toBe(1);
          expect(fields).toHaveLength(2);
        } else {
          expect(error).toBeUndefined();
          expect(fields).toHaveLength(3);
          expect(taken.map(({ field }) => field)).toEqual([value]);
        }
      }
    });
  }
});
