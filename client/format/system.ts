import { isObject, type JsonObject } from './json.ts';

/** Bits of `System.derived`: the text that answers queries is not the record's own string. */
export const DERIVED_ID = 1;
export const DERIVED_NAME = 2;
export const DERIVED_REGION = 4;

/**
 * One normalised system: what queries look at, and the record as it came.
 *
 * `id`, `name` and `region` are always texts. Where the record's own field is that very text, the bit in
 * `derived` is clear; else (absent, null, "", a number, any other value) the bit is set and the own value,
 * if there is one, stands in `fields` untouched.
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
  /** The record's own fields under their modern names, id, name, x, y, z and region included. */
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

/** What a record holds beside the system itself. */
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
