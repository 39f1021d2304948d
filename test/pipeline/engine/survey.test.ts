/** A survey of a record is what its normalised object says, or the record is left to JavaScript. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { weightOf } from '#format/columns/values.ts';
import { splitFields } from '#format/index.ts';
import { normaliseRecord } from '#format/record/normalise.ts';
import { surveysOf } from '#pipeline/engine/engine.ts';
import { exactText, float, json, key, objectOf, written } from '#test/support/arbitrary.ts';

/** The survey of a record, by the reference; undefined for one that a build does not accept. */
function reference(record: JsonObject): unknown {
  const outcome = normaliseRecord(record, {}, { sha256, digits: String });
  if (outcome.kind !== 'system') return undefined;
  const { system, counts } = outcome;
  return {
    ...{ id: system.id, name: system.name, region: system.region, derived: system.derived, counts },
    weight: weightOf(splitFields(system, new Set()).details),
    fields: exactText(system.fields),
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The same from a survey, whose fields are those of the record; undefined for a record that it refuses. */
function surveyed(record: JsonObject, text: string): unknown {
  const [survey] = surveysOf([Buffer.from(text)]);
  if (!survey) return undefined;
  const { id, name, region, counts, weight } = survey;
  return {
    ...{ id, name: name ?? id, region: region ?? 'Unknown', counts, weight },
    derived: (name === undefined ? 2 : 0) | (region === undefined ? 4 : 0),
    fields: exactText(record),
  };
}

const string = fc.constantFrom('', 'Sol', 'é', '\u{1f31f}\n');
const bodies = fc.array(
  fc.oneof(
    json,
    fc.array(json, { maxLength: 3 }).map(moons => ({ moons })),
  ),
  { maxLength: 3 },
);

/** The fields that a survey reads, with the values that they have in real records, and with others. */
const known = fc.record(
  {
    id: fc.oneof({ weight: 9, arbitrary: string }, { weight: 1, arbitrary: json }),
    name: fc.oneof({ weight: 4, arbitrary: string }, { weight: 1, arbitrary: json }),
    region: fc.oneof({ weight: 4, arbitrary: string }, fc.constant(null), { weight: 1, arbitrary: json }),
    x: fc.oneof({ weight: 9, arbitrary: float }, { weight: 1, arbitrary: json }),
    y: float,
    z: float,
    planets: fc.oneof(bodies, json),
    moons: fc.oneof(bodies, json),
    space_station: fc.oneof(fc.constant({ name: 'S' }), json),
    type: fc.constantFrom('region', 'Feature', 'star', null, 7),
    geometry: json,
    properties: json,
  },
  { requiredKeys: ['id', 'x', 'y', 'z'] },
);
const LEGACY = ['x_cords', 'y_cords', 'z_cords', 'fauna #', 'flura #', 'Sentinel level', 'Materials'];
const others = fc.array(
  fc.tuple(
    fc.oneof({ weight: 9, arbitrary: key }, fc.constantFrom(...LEGACY, 'Base location', 'coords')),
    json,
  ),
  { maxLength: 4 },
);
const record = fc.tuple(known, others, fc.nat()).map(([fields, more, turn]) => {
  const taken = new Set(Object.keys(fields));
  const all = [...Object.entries(fields), ...more.filter(([name]) => !taken.has(name))];
  const at = turn % all.length;
  return objectOf([...all.slice(at), ...all.slice(0, at)] as [string, never][]);
});

test('of any record, in any writing', () => {
  let plain = 0;
  fc.assert(
    fc.property(record, fc.nat(), (record, seed) => {
      const survey = surveyed(record, written(record, seed).text);
      const expected = reference(record);
      if (!survey || !expected) return;
      plain++;
      expect(survey).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(300);
});

test('of full systems, all of which it takes', () => {
  const systems = [...galaxySystems({ count: 500 })] as unknown as JsonObject[];
  const texts = systems.map(system => Buffer.from(JSON.stringify(system)));
  const surveys = surveysOf(texts);
  systems.forEach((system, i) => {
    const { id, name, region, counts, weight } = reference(system) as JsonObject;
    expect(surveys[i]).toEqual({ id, name, region, counts, weight });
  });
});

test.each([
  ['without an id', '{"name":"A","x":1,"y":2,"z":3}'],
  ['with a number as its id', '{"id":7,"x":1,"y":2,"z":3}'],
  ['with an empty id', '{"id":"","x":1,"y":2,"z":3}'],
  ['with a string as its x', '{"id":"a","x":"1","y":2,"z":3}'],
  ['without z', '{"id":"a","x":1,"y":2}'],
  ['with a legacy field', '{"id":"a","x":1,"y":2,"z":3,"flura #":"1"}'],
  ['that is a Feature', '{"id":"a","x":1,"y":2,"z":3,"type":"Feature"}'],
  ['with a nested name', '{"id":"a","name":[],"x":1,"y":2,"z":3}'],
  ['of more than 4 MB', `{"id":"a","x":1,"y":2,"z":3,"a":"${'b'.repeat(2 ** 22)}"}`],
])('leaves a record %s to JavaScript, and takes the next one', (_, text) => {
  const next = Buffer.from('{"id":"b","x":1,"y":2,"z":3}');
  const counts = { planets: 0, moons: 0, stations: 0 };
  expect(surveysOf([Buffer.from(text), next])).toEqual([
    undefined,
    { id: 'b', name: undefined, region: undefined, counts, weight: 4 },
  ]);
});
