/** Queries of spheres, boxes and other convex volumes, with their filters. */
import { topOf } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import type {
  BoxQuery,
  FilterOptions,
  NearestQuery,
  QueryOptions,
  SphereQuery,
  SphereRows,
} from '#client/query/types.ts';
import { checkNearest, checkSphere, type LimitedSphere } from '#client/query/validate.ts';
import { sphereVolume } from '#client/query/volume.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import { type SystemRow, systemRow } from '#format/system-row.ts';
import type { FacetFilter } from './facet-filter.ts';
import type { HitBatch } from './hits.ts';
import { readKeyedRecords, readRoot } from './lookup.ts';
import type { FilteredTree } from './open-filter.ts';
import { sphereRows } from './sphere-rows.ts';
import { planVolume, type VolumePlan } from './volume-plan.ts';
import { readVolume, type VolumeQuery } from './volume-search.ts';

/** Tables with the systems of rare values. */
export interface RareTables {
  /** Reads the systems that have one of some values, if all these are rare; else undefined. */
  rareRows(
    field: string,
    values: readonly FacetValue[],
    options: QueryOptions & Pick<FilterOptions, 'fold'>,
  ): Promise<readonly SystemRow[] | undefined>;
}

type OpenTables = (options: QueryOptions) => Promise<RareTables>;

/**
 * Returns the systems of a volume.
 * @param sphere undefined for a box
 */
export function volumeRows(
  files: Files,
  index: SetIndex,
  query: SphereQuery | NearestQuery | BoxQuery,
  sphere: LimitedSphere | undefined,
  openTables: OpenTables,
): SphereRows {
  return sphereRows(async function* (maxResults): AsyncGenerator<HitBatch, void, undefined> {
    const volume = await volumeQuery(query, sphere);
    // An empty set needs no file.
    query.signal?.throwIfAborted();
    const isLimited = volume.limit < Number.POSITIVE_INFINITY;
    const tree = await filteredRoot(files, index, query, isLimited ? openTables : undefined);
    if (!tree.root) return;
    const search = { ...volume, ...tree };
    for await (const hits of readVolume(files, tree.root, search, query, maxResults)) {
      if (!query.details) yield { hits };
      else {
        const keys = hits.chunks.map((chunk, i) => systemRow(chunk, hits.rows[i]!));
        yield { hits, records: (await readKeyedRecords(files, index, keys, query)) as JsonObject[] };
      }
    }
  }, query);
}

/**
 * Returns the files that a query may read.
 * @throws ArgumentError
 */
export async function planOf(
  files: Files,
  index: SetIndex,
  query: SphereQuery | NearestQuery | BoxQuery,
): Promise<VolumePlan> {
  const volume = await volumeQuery(
    query,
    query && 'min' in query
      ? undefined
      : query && 'count' in query
        ? checkNearest(query)
        : checkSphere(query),
  );
  const { root, filter } = await filteredRoot(files, index, query);
  if (!root) return { pages: [], chunks: [], facets: [] };
  const plan = await planVolume(files, root, { ...volume, filter }, query);
  const facets = filter && index.facets.root;
  return {
    ...plan,
    pages: [topOf(index)!.ref, ...plan.pages],
    facets: facets ? [{ kind: 'facets', ...facets }, ...plan.facets] : plan.facets,
  };
}

/**
 * Reads the root node, with the filter of a query if it has one.
 * @param openTables for a query with a limit
 */
export async function filteredRoot(
  files: Files,
  index: SetIndex,
  query: QueryOptions & FilterOptions,
  openTables?: OpenTables,
): Promise<Pick<FilteredTree, 'root' | 'matching'> & { filter?: FacetFilter }> {
  if (query.where === undefined) return { root: await readRoot(files, index, query) };
  const { openFilter } = await import('./open-filter.ts');
  // A set can have facets without tables.
  const tables = index.tables && (await openTables?.(query));
  return openFilter(
    files,
    index,
    query,
    tables && ((field, values, options) => tables.rareRows(field, values, { ...options, fold: query.fold })),
  );
}

/** The volume of a query; the code of boxes and planes is loaded at the first such query. */
async function volumeQuery(
  query: SphereQuery | NearestQuery | BoxQuery,
  sphere: LimitedSphere | undefined,
): Promise<VolumeQuery> {
  if (!sphere || (query as SphereQuery).planes) {
    const { otherVolume } = await import('./other-volume.ts');
    return otherVolume(query, sphere);
  }
  return { volume: sphereVolume(sphere), limit: sphere.limit, what: 'systems in the sphere' };
}
