/** Random histories of catalogues: small systems that meet on points, in cells and in values, and edits of them. */
import fc from 'fast-check';
import type { JsonObject } from '#client/index.ts';
import { coordinate } from './arbitrary.ts';

/** Records by id, and edits, each of which gives a catalogue from the one before. */
export interface History {
  readonly first: readonly JsonObject[];
  readonly edits: readonly CatalogueEdit[];
}

export interface CatalogueEdit {
  readonly upserted: readonly JsonObject[];
  /** Ids, which may be unknown. */
  readonly deleted: readonly string[];
}

const IDS = 60;

const few: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.constantFrom(-0, 0, 1e-5, 1e-6, 0.5, 1000, -1000, 1e30, -(2 ** 499)),
);

const position: fc.Arbitrary<readonly [number, number, number]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(few, few, few) },
  { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constant(1), fc.constant(1)) },
  { weight: 2, arbitrary: fc.constant([1, 1, 1] as const) },
  { weight: 1, arbitrary: fc.tuple(coordinate, coordinate, coordinate) },
);

/** @param values number of values of a system, and code points of each */
export function records(values: {
  readonly most: number;
  readonly length: number;
}): fc.Arbitrary<JsonObject> {
  return fc
    .record({
      id: fc.nat(IDS),
      position,
      name: fc.nat(9),
      region: fc.constantFrom('A', 'B', '', 'r'),
      kind: fc.nat(7),
      count: fc.nat(values.most),
      size: fc.option(fc.integer({ min: -2, max: 4 })),
      note: fc.constantFrom('', 'n', 'n'.repeat(700)),
    })
    .map(({ id, position: [x, y, z], name, region, kind, count, size, note }) => ({
      ...{ id: `s${id}`, name: `Star ${name}`, region, x, y, z },
      sentinel: kind === 0 ? null : `level ${kind}`,
      materials: Array.from({ length: count }, (_, i) => `${'m'.repeat(values.length)}${kind}-${i}`).join(
        ', ',
      ),
      ...(size === null ? {} : { size }),
      ...(note && { note }),
      ...(kind > 5 && { planets: [{ name: 'p', materials: 'Gold', moons: [{ name: 'm' }] }] }),
    }));
}

export function histories(record: fc.Arbitrary<JsonObject>): fc.Arbitrary<History> {
  const edit = fc.record({
    upserted: fc.array(record, { maxLength: 10 }),
    deleted: fc.oneof(
      { weight: 5, arbitrary: fc.array(fc.nat(IDS), { maxLength: 12 }) },
      // Everything.
      { weight: 1, arbitrary: fc.constant(Array.from({ length: IDS + 1 }, (_, id) => id)) },
    ),
  });
  return fc.record({
    first: fc
      .array(record, { maxLength: 60 })
      .map(all => [...new Map(all.map(own => [own['id'], own])).values()]),
    edits: fc.array(
      edit.map(({ upserted, deleted }) => ({ upserted, deleted: deleted.map(id => `s${id}`) })),
      { minLength: 1, maxLength: 4 },
    ),
  });
}

/** The catalogue after an edit: deletions first. */
export function edited(
  before: ReadonlyMap<string, JsonObject>,
  { upserted, deleted }: CatalogueEdit,
): Map<string, JsonObject> {
  const after = new Map(before);
  for (const id of deleted) after.delete(id);
  for (const record of upserted) after.set(record['id'] as string, record);
  return after;
}
