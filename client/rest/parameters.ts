/** Schemas of the parameters of requests: they check and convert them, and the OpenAPI document is made from them. */
import * as v from 'valibot';
import { isHavenError } from '#client/errors.ts';
import { parseWhere } from '#client/query/parse-where.ts';
import type { Where } from '#client/query/types.ts';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Most rows in one response, if a parameter can ask for more. */
export const MOST_ROWS = 10_000;
const MOST_FILTERS = 20;

const number = v.pipe(
  v.string('expected it once'),
  v.regex(DECIMAL, 'expected a number'),
  v.transform(Number),
  v.number(),
  v.finite('expected a number that float64 can hold'),
);

/** An integer from `least`; larger values count as `most`. */
const integer = (least: number, most: number) =>
  v.pipe(
    v.string('expected it once'),
    v.regex(/^\d+$/, `expected an integer from ${least}`),
    v.transform(text => Math.min(Number(text), most)),
    v.number(),
    v.integer(),
    v.minValue(least, `expected an integer from ${least}`),
    v.maxValue(most),
  );

const text = v.pipe(v.string('expected it once'), v.maxLength(1_000, 'expected at most 1,000 characters'));

const filter = v.pipe(v.string(), v.maxLength(1_000, 'expected at most 1,000 characters'));

const filters = v.pipe(
  v.union([
    v.pipe(
      filter,
      v.transform(one => [one]),
    ),
    v.pipe(v.array(filter), v.maxLength(MOST_FILTERS, `expected at most ${MOST_FILTERS} filters`)),
  ]),
  v.rawTransform(({ dataset, addIssue, NEVER }): Where[] => {
    try {
      return parseWhere(dataset.value);
    } catch (error) {
      if (!isHavenError(error)) throw error;
      addIssue({ message: `expected ${error.expected}` });
      return NEVER;
    }
  }),
);

const described = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description));

const coordinate = (axis: string) => v.optional(described(number, `${axis} of the centre`), '0');

const limit = (standard: number) =>
  v.optional(
    described(
      integer(0, MOST_ROWS),
      `Largest number of systems. Numbers above ${MOST_ROWS} count as ${MOST_ROWS}.`,
    ),
    `${standard}`,
  );

const fields = v.optional(
  described(
    v.pipe(text, v.regex(/^[^,]+(,[^,]+)*$/, 'expected names of fields between commas')),
    'Fields of each system, between commas; by default the columns of the migration guide. id, name, x, y, z, region ' +
      'and the summary fields of the set cost no further files.',
  ),
);

const where = {
  where: v.optional(
    described(
      filters,
      'A filter on a facet: FIELD=VALUE, FIELD!=VALUE, FIELD=V1|V2, FIELD>=N. All of several must be true.',
    ),
  ),
  ignore_case: v.optional(
    described(
      v.pipe(
        v.picklist(['true', 'false'], 'expected true or false'),
        v.transform(word => word === 'true'),
        v.boolean(),
      ),
      'Whether filters ignore the case of strings',
    ),
    'false',
  ),
};

const centre = { cx: coordinate('x'), cy: coordinate('y'), cz: coordinate('z') };

export const visibleParameters = v.strictObject({
  ...centre,
  radius: v.optional(
    described(v.pipe(number, v.minValue(0, 'expected 0 or more')), 'Radius of the sphere'),
    '50',
  ),
  limit: limit(1_000),
  ...where,
  fields,
});

export const nearestParameters = v.strictObject({ ...centre, limit: limit(10), ...where, fields });

export const searchParameters = v.strictObject({
  q: v.optional(described(text, 'The searched string; an empty one finds all systems'), ''),
  limit: limit(50),
  fields,
});

export const pageParameters = v.strictObject({
  page: v.optional(described(integer(1, Number.MAX_SAFE_INTEGER), 'Number of the page, from 1'), '1'),
  per_page: v.optional(
    described(integer(1, 1_000), 'Systems in a page. Numbers above 1000 count as 1000.'),
    '100',
  ),
  region: v.optional(described(text, 'Only systems of this region')),
  fields,
});

export const regionParameters = v.strictObject({ fields });

export const facetParameters = v.strictObject({
  prefix: v.optional(described(text, 'Beginning of the values, in any case'), ''),
  limit: v.optional(
    described(integer(0, 1_000), 'Largest number of values. Numbers above 1000 count as 1000.'),
    '100',
  ),
});

export const noParameters = v.strictObject({});

/** A name in the path. */
export const namePath = (description: string) => v.object({ name: described(text, description) });

/** Says which parameter is wrong, what it is and what was expected. */
export function messageOf(issues: readonly v.BaseIssue<unknown>[], known: readonly string[]): string {
  const [{ path, message, input, expected }] = issues as readonly [v.BaseIssue<unknown>];
  const [{ key } = { key: undefined }] = path ?? [];
  if (expected === 'never') {
    const names = known.length > 0 ? `; expected ${known.join(', ')}` : ': it has no parameters';
    return `unknown parameter ${JSON.stringify(key)}${names}`;
  }
  return `${String(key)} is ${shown(path?.[0]?.value ?? input)}: ${message}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
