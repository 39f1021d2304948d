import { isObject, type JsonObject } from './json.ts';

/** Bit of `System.derived`: the id is not the record's own string. */
export const DERIVED_ID = 1;
/** Bit of `System.derived`: the name is not the record's own string. */
export const DERIVED_NAME = 2;
/** Bit of `System.derived`: the region is not the record's own string. */
export const DERIVED_REGION = 4;

/**
 * A normalised system: the values that queries use, and its record.
 *
 * `id`, `name` and `region` are always strings. If the record's own field is the same string, the bit in `derived` is
 * 0. If it is absent or another value (null, "", a number), the bit is 1, and `fields` has the own value unchanged.
 */
export interface System {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Position in the catalogue's own unit; finite, magnitude below 2^500, -0 kept. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** DERIVED_ID | DERIVED_NAME | DERIVED_REGION. */
  readonly derived: number;
  /** The fields of the record under their modern names, including id, name, x, y, z and region. */
  readonly fields: JsonObject;
}

/** Numbers of systems and bodies. */
export interface Counts {
  systems: number;
  planets: number;
  moons: number;
  stations: number;
}

/** Planets, moons and stations of one system. */
export type Bodies = Readonly<Omit<Counts, 'systems'>>;

/** Numbers of planets, moons and stations of a record. */
export function bodiesOf(fields: JsonObject): Bodies {
  const { planets, moons: own } = fields;
  const stations = isObject(fields['space_station']) ? 1 : 0;
  let moons = Array.isArray(own) ? own.length : 0;
  if (!Array.isArray(planets)) return { planets: 0, moons, stations };
  for (const planet of planets) {
    if (isObject(planet) && Array.isArray(planet['moons'])) moons += planet['moons'].length;
  }
  return { planets: planets.length, moons, stations };
}
