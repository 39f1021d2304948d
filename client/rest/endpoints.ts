/** The endpoints. Those of the migration guide have its paths, parameters and answers. */
import type {
  FilterOptions,
  RegionRow,
  Rows,
  SphereRow,
  SystemWithRecord,
  Where,
} from '#client/query/types.ts';
import * as answers from './answers.ts';
import type { AnyEndpoint, Endpoint, ParametersSchema } from './endpoint.ts';
import { completeSystem } from './guide-system.ts';
import { jsonArray } from './json-stream.ts';
import * as parameters from './parameters.ts';
import { RowForm } from './row-form.ts';

const SYSTEM_MISSING = 'System not found';

export const ENDPOINTS: readonly AnyEndpoint[] = [
  endpoint({
    path: '/',
    summary: 'The set: its generation, counts, bounds, facets and summary fields',
    parameters: parameters.noParameters,
    answer: answers.setAnswer,
    async run({ set }) {
      const { generation, counts, bounds = null, options } = set;
      const { search, facets, summary } = options;
      return {
        generation,
        ...counts,
        bounds,
        search: search.mode,
        facets: facets.map(({ field }) => field),
        summary,
      };
    },
  }),
  endpoint({
    path: '/systems',
    summary: 'A page of all systems, or of those of a region, ordered by (name, id)',
    parameters: parameters.pageParameters,
    answer: answers.pageAnswer,
    async run({ set, query, signal }) {
      const { page, per_page: perPage, region, fields } = query;
      const found = await set.page({ page, perPage, region, signal });
      return {
        systems: await new RowForm(set, fields, signal).systems(found.systems),
        ...{ total: found.total, page, per_page: perPage, total_pages: found.totalPages },
      };
    },
  }),
  endpoint({
    path: '/systems/visible',
    summary: 'The systems in a sphere, nearest first, ties by id',
    parameters: parameters.visibleParameters,
    answer: answers.distancesAnswer,
    async run({ set, query, signal }) {
      const { radius, limit, fields } = query;
      const rows = set.sphere({ center: centreOf(query), radius, limit, ...filterOf(query), signal });
      return new RowForm(set, fields, signal).systems(await rows.toArray(), distanceOf);
    },
  }),
  endpoint({
    path: '/nearest',
    summary: 'The systems nearest to a point, nearest first, ties by id',
    parameters: parameters.nearestParameters,
    answer: answers.distancesAnswer,
    async run({ set, query, signal }) {
      const { limit: count, fields } = query;
      const rows = set.nearest({ center: centreOf(query), count, ...filterOf(query), signal });
      return new RowForm(set, fields, signal).systems(await rows.toArray(), distanceOf);
    },
  }),
  endpoint({
    path: '/systems/search',
    summary:
      'The systems whose name, or another searched field, has a string, the best first. X-Truncated is true if more match',
    parameters: parameters.searchParameters,
    answer: answers.searchAnswer,
    async run({ set, query, signal, header }) {
      const { q, limit, fields } = query;
      const form = new RowForm(set, fields, signal);
      if (q === '') {
        const { systems, total } = await set.page({ perPage: Math.max(1, limit), signal });
        header('X-Truncated', `${total > limit}`);
        return form.systems(systems.slice(0, limit));
      }
      const { systems, truncated } = await set.search(q, { limit, signal });
      header('X-Truncated', `${truncated}`);
      return form.systems(systems, ({ match }) => ({ match }));
    },
  }),
  endpoint({
    path: '/systems/region/:name',
    summary: 'All systems of a region, ordered by (name, id)',
    name: 'The region',
    parameters: parameters.regionParameters,
    answer: answers.systemsAnswer,
    async run({ set, query, name, signal, onError }) {
      const form = new RowForm(set, query.fields, signal);
      return jsonArray(form.batches(set.inRegion(name, { signal })), onError);
    },
  }),
  endpoint({
    path: '/systems/id/:name',
    summary: 'The system of an id, with its planets, moons and station',
    name: 'The id',
    parameters: parameters.noParameters,
    answer: answers.completeAnswer,
    missing: SYSTEM_MISSING,
    run: async ({ set, name, signal }) => completed(await set.systemById(name, { signal })),
  }),
  endpoint({
    path: '/systems/:name',
    summary:
      'The system of a name, with its planets, moons and station; the first by id if several have the name',
    name: 'The name',
    parameters: parameters.noParameters,
    answer: answers.completeAnswer,
    missing: SYSTEM_MISSING,
    run: async ({ set, name, signal }) => completed(await set.system(name, { first: true, signal })),
  }),
  endpoint({
    path: '/regions',
    summary: 'All regions with the number and the bounds of their systems',
    parameters: parameters.noParameters,
    answer: answers.regionsAnswer,
    async run({ set, signal, onError }) {
      return jsonArray(regionBatches(set.regions({ signal })), onError);
    },
  }),
  endpoint({
    path: '/facets',
    summary: 'The fields that systems can be filtered by, with the number of their values',
    parameters: parameters.noParameters,
    answer: answers.facetsAnswer,
    run: ({ set, signal }) => set.facets({ signal }),
  }),
  endpoint({
    path: '/facets/:name',
    summary: 'Values of a facet with the number of their systems, ordered by their text without case',
    name: 'The facet',
    parameters: parameters.facetParameters,
    answer: answers.facetValuesAnswer,
    missing: 'Facet not found',
    async run({ set, name, query, signal }) {
      if (!set.options.facets.some(({ field }) => field === name)) return undefined;
      return set.facet(name, { ...query, signal });
    },
  }),
];

/** Types the request of an endpoint by its schema. */
function endpoint<Query extends ParametersSchema>(endpoint: Endpoint<Query>): AnyEndpoint {
  return endpoint as unknown as AnyEndpoint;
}

function centreOf({ cx, cy, cz }: { cx: number; cy: number; cz: number }) {
  return [cx, cy, cz] as const;
}

function filterOf({
  where,
  ignore_case: fold,
}: {
  where?: Where[] | undefined;
  ignore_case: boolean;
}): FilterOptions {
  return where ? { where, fold } : {};
}

function distanceOf({ distance }: SphereRow) {
  return { distance };
}

function completed(system: SystemWithRecord | undefined) {
  return system && completeSystem(system, system.record);
}

async function* regionBatches(rows: Rows<RegionRow>) {
  for await (const row of rows) yield [row];
}
