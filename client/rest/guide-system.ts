/**
 * Systems in the form of the migration guide's database: its columns, and null where a record has no value. Planets,
 * moons and stations get the values that the guide's migration gives them if they have none.
 */

import { isObject, type JsonObject, type JsonValue, setOwn } from '#format/json.ts';
import type { SystemRow } from '#format/system-row.ts';

/** Columns of the guide's table of systems that every row of a chunk set has. */
const CORE_FIELDS = ['id', 'name', 'x', 'y', 'z', 'region'] as const;
const CORE: ReadonlySet<string> = new Set(CORE_FIELDS);

/** Columns of the guide's table of systems, in its order: the fields of a system in lists. */
export const SYSTEM_FIELDS: readonly string[] = [
  ...CORE_FIELDS,
  'fauna',
  'flora',
  'sentinel',
  'materials',
  'base_location',
  'photo',
  'attributes',
  'created_at',
  'modified_at',
];

/** Columns that planets and moons share. */
const BODY_FIELDS = [
  'sentinel',
  'fauna',
  'flora',
  'properties',
  'materials',
  'base_location',
  'photo',
  'notes',
];

/** True if rows lack some of these fields, so that the records have to be read. */
export function needsRecords(fields: readonly string[], summary: readonly string[]): boolean {
  const known = new Set<string>([...CORE_FIELDS, ...summary]);
  return fields.some(field => !known.has(field));
}

/** Returns the wanted fields of a system; null for those that it has not. */
export function systemFields(
  row: SystemRow,
  record: JsonObject | undefined,
  fields: readonly string[],
): JsonObject {
  const system: JsonObject = {};
  for (const field of fields) {
    if (CORE.has(field)) system[field] = row[field as (typeof CORE_FIELDS)[number]];
    else setOwn(system, field, ownField(record, field) ?? ownField(row.fields, field) ?? null);
  }
  return system;
}

function ownField(fields: JsonObject | undefined, field: string): JsonValue | undefined {
  return fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/**
 * Returns a system with its station, its planets and their moons, as the guide's `get_system_by_name` does. Fields that
 * the guide has no column for follow those that it has. A station that is null, or anything but an object, is left out.
 * `id` of planets, moons and the station is their number in this system, from 1, unless they have an id of their own.
 */
export function completeSystem(row: SystemRow, record: JsonObject): JsonObject {
  const { space_station: station, planets, ...others } = record;
  const links = { system_id: row.id };
  const moonIds = { last: 0 };
  return joined(
    systemFields(row, record, SYSTEM_FIELDS),
    others,
    systemFields(row, undefined, CORE_FIELDS),
    isObject(station) && {
      space_station: joined({ id: 1, ...links, name: 'Station', x: 0, y: 0, z: 0 }, station),
    },
    {
      planets: bodiesOf(planets).map((planet, i) => {
        const { id } = { id: i + 1, ...planet };
        return joined({ id, ...links, ...empty(BODY_FIELDS, 'Unknown') }, planet, {
          moons: bodiesOf(planet['moons']).map(moon =>
            joined(
              {
                ...{ id: ++moonIds.last, planet_id: id, ...empty(BODY_FIELDS, 'Unknown Moon') },
                ...{ orbit_radius: 0.5, orbit_speed: 0.05 },
              },
              moon,
            ),
          ),
        });
      }),
    },
  );
}

/** Objects in one, in this order of their members; the last value of a member counts. */
function joined(...parts: readonly (JsonObject | false)[]): JsonObject {
  return Object.fromEntries(parts.flatMap(part => (part ? Object.entries(part) : [])));
}

function empty(fields: readonly string[], name: string): JsonObject {
  return { name, ...Object.fromEntries(fields.map(field => [field, null])) };
}

/** Planets or moons of a record; a string is the name of one. */
function bodiesOf(bodies: JsonValue | undefined): JsonObject[] {
  if (!Array.isArray(bodies)) return [];
  return bodies.flatMap(body => {
    if (typeof body === 'string') return [{ name: body }];
    return isObject(body) ? [body] : [];
  });
}
