/** A set is the same, file for file, whether the engine or JavaScript encodes its records. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { pack, packChunk } from '#format/index.ts';
import { packChunkOf } from '#pipeline/engine/engine.ts';
import { build, type PlanOptions } from '#pipeline/index.ts';
import { SMALL_BYTES } from '#pipeline/run/local.ts';
import { CATALOGUES, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { catalogue, float, json, key, objectOf, text, written } from '#test/support/arbitrary.ts';
import { fingerprint, ndjson, PLAIN, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

/** Builds a catalogue by both, and compares the sets. Threads change nothing where the inputs are small: they have none. */
async function compare(
  inputs: readonly string[],
  options: PlanOptions = {},
  { areLarge = false } = {},
): Promise<void> {
  await inFolder(async folder => {
    const built = async (name: string, ways: PlanOptions) => {
      const directory = join(folder, name);
      await build(inputs, directory, { ...PLAIN, ...options, ...ways });
      return fingerprint(readSet(directory));
    };
    const reference = await built('js', { engine: 'js', workers: 1 });
    expect(await built('wasm', { workers: 1 })).toEqual(reference);
    if (areLarge) expect(await built('workers', { workers: 2 })).toEqual(reference);
  });
}

test('of any records, in any writing', async () => {
  const members = fc.array(fc.tuple(key, json), { maxLength: 4 });
  const records = fc
    .tuple(catalogue, fc.array(members, { minLength: 1, maxLength: 8 }))
    .map(([systems, more]) =>
      systems.map((system, i) => {
        const others = more[i % more.length]!.filter(([name]) => !(name in system) && name !== 'name');
        return objectOf([...others.slice(0, 2), ...Object.entries(system), ...others.slice(2)]);
      }),
    );
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), async (records, seed) => {
      const lines = records.map((record, i) => written(record, seed + i).text.replaceAll(/[\r\n]/g, ' '));
      await inFolder(async folder => {
        const inputs = writeInputs(folder, 'input', [lines.join('\n') || '[]']);
        const facets = seed % 3 === 0 ? 'none' : 'a,b=planets|planets.moons|region,["__proto__"].a';
        const listings = seed % 5 === 0 ? 'region:asc' : 'a:desc,["__proto__"].a';
        const options = { chunkLimit: 1 + (seed % 7), detailWeight: 1000, facets, listings };
        await compare(inputs, seed % 2 === 0 ? options : { ...options, summary: ['a', 'planets'] });
      });
    }),
    { numRuns: 25 },
  );
});

describe('of catalogues', () => {
  const stars = join(import.meta.dirname, '../../../data/nearby-stars.json');

  test('the nearby stars, with search and facets', () => compare([stars], { search: { mode: 'infix' } }));

  test('the nearby stars, with fields of rows', () => compare([stars], { summary: ['attributes'] }));

  test('systems at one point, with long records', () =>
    inFolder(async folder => {
      const systems = [...galaxySystems({ count: 100 })].map(system => ({ ...system, x: 1, y: 2, z: 3 }));
      const inputs = writeInputs(folder, 'input', [ndjson(systems as unknown as JsonObject[])]);
      await compare(inputs, { chunkLimit: 16, detailWeight: 5000 });
    }));

  test('records without names and regions, and records with keys', () =>
    inFolder(async folder => {
      const records = Array.from({ length: 60 }, (_, i) => ({
        ...{ id: `S${i}`, x: i, y: i % 7, z: -i },
        ...[{}, { name: null }, { name: '' }, { region: null }, { region: '' }][i % 5],
      }));
      const document = { ring: records.slice(0, 20), edge: records.slice(20, 40) };
      const keyed = Object.fromEntries(records.slice(40).map((record, i) => [`key ${i}`, record]));
      const inputs = writeInputs(folder, 'input', [JSON.stringify(document), JSON.stringify(keyed)]);
      await compare(inputs, { chunkLimit: 8 });
    }));

  test
    .skipIf(noCatalogues)
    .each([
      'oec/systems.ndjson.gz',
      'oec/shape-regions.json',
      'haven/data.json',
      'haven/clean_data.json',
      'haven/haven.db',
    ])('%s', name => compare([join(CATALOGUES, name)]));

  test.skipIf(noCatalogues)("a part of the application's load test, by worker threads too", () =>
    inFolder(async folder => {
      const packed = readFileSync(join(CATALOGUES, 'haven/loadtest-10k.ndjson.gz'));
      const lines = gunzipSync(packed).toString().split('\n', 4_000);
      const inputs = writeInputs(folder, 'input', [lines.join('\n')]);
      expect(statSync(inputs[0]!).size).toBeGreaterThan(SMALL_BYTES);
      await compare(inputs, {}, { areLarge: true });
    }),
  );
});

test('chunks of any systems, by both encoders', () => {
  const system = fc.record({
    ...{ id: text, name: text, region: fc.constantFrom('', 'Gold, Cadmium', 'R') },
    ...{ x: float, y: float, z: float, derived: fc.constantFrom(0, 0, 0, 4, 7), fields: fc.constant({}) },
  });
  fc.assert(
    fc.property(fc.array(system, { maxLength: 30 }), systems => {
      const reference = pack(packChunk(systems, []));
      expect(packChunkOf(systems)).toEqual(reference);
    }),
    { numRuns: 1000 },
  );
});
