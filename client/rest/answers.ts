/** Schemas of responses, for the OpenAPI document. */
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const value = v.any();

/** A system as it stands in lists. */
const system = v.looseObject({
  id: v.string(),
  name: v.string(),
  x: v.number(),
  y: v.number(),
  z: v.number(),
  region: v.string(),
  fauna: value,
  flora: value,
  sentinel: value,
  materials: value,
  base_location: value,
  photo: value,
  attributes: value,
  created_at: value,
  modified_at: value,
});

const listed = v.partial(system);
const point = v.pipe(v.array(v.number()), v.length(3));
const bounds = v.object({ min: point, max: point });

export const errorAnswer = v.object({ error: v.string() });
export const systemsAnswer = v.array(listed);
export const distancesAnswer = v.array(v.looseObject({ ...listed.entries, distance: v.number() }));
export const searchAnswer = v.array(
  v.looseObject({
    ...listed.entries,
    match: v.pipe(
      v.picklist(['exact', 'prefix', 'word', 'inside', 'value']),
      v.description('How the system matches'),
    ),
  }),
);
export const pageAnswer = v.object({
  systems: systemsAnswer,
  total: count,
  page: count,
  per_page: count,
  total_pages: count,
});
export const completeAnswer = v.looseObject({
  ...system.entries,
  space_station: v.optional(
    v.looseObject({ system_id: v.string(), name: value, x: value, y: value, z: value }),
  ),
  planets: v.array(
    v.looseObject({
      system_id: v.string(),
      name: value,
      moons: v.array(v.looseObject({ name: value, orbit_radius: value, orbit_speed: value })),
    }),
  ),
});
export const regionsAnswer = v.array(v.object({ region: v.string(), systems: count, bounds }));
export const facetsAnswer = v.array(
  v.object({ field: v.string(), paths: v.array(v.string()), values: count }),
);
export const facetValuesAnswer = v.array(
  v.object({ value: v.union([v.string(), v.number(), v.boolean()]), systems: count }),
);
export const setAnswer = v.object({
  generation: v.string(),
  ...{ systems: count, planets: count, moons: count, stations: count },
  bounds: v.nullable(bounds),
  search: v.picklist(['infix', 'words', 'none']),
  facets: v.array(v.string()),
  summary: v.array(v.string()),
});
