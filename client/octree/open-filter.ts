/** Opens filtered queries of a chunk set. */
import { MissingIndexError } from '#client/errors.ts';
import { readPage, topOf } from '#client/fetch/decode.ts';
import { readFacetPage } from '#client/fetch/decode-facets.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, parallelQueries, roundTrip } from '#client/fetch/parallel.ts';
import { readFold } from '#client/fetch/read-fold.ts';
import type { FilterOptions, QueryOptions } from '#client/query/types.ts';
import { compileWhere, type FacetCondition } from '#client/query/where.ts';
import { bitAt } from '#format/facets/bits.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import { type SystemRow, systemRow } from '#format/system-row.ts';
import { FacetFilter, neededFiles } from './facet-filter.ts';
import { type FacetFiles, readFacetedRows } from './faceted-rows.ts';
import { matchingRows } from './matching-rows.ts';
import { type ReadRareRows, rareRows } from './rare-rows.ts';

export interface FilteredTree {
  /** Undefined for an empty set. */
  readonly root: TreeNode | undefined;
  readonly filter: FacetFilter;
  /** All systems that match; undefined if they are not known yet. */
  readonly matching?: readonly SystemRow[] | undefined;
}

/**
 * Reads the root page of the octree and its facet page in one round trip. At the same time it looks for systems of rare
 * values: if there is no other condition they are the answer, otherwise only nodes with one of them are searched.
 * @param readRare if the query has a limit; without one, its sphere may have few of these systems
 * @throws ArgumentError for an invalid filter, MissingIndexError if the set has no facets
 */
export async function openFilter(
  files: Files,
  index: SetIndex,
  query: FilterOptions & QueryOptions,
  readRare: ReadRareRows | undefined,
): Promise<FilteredTree> {
  const exact = checkFilter(files, index, query);
  const [{ root, filter }, rare] = await parallelQueries(query as QueryOptions, [
    options => readFilteredRoot(files, index, { ...query, ...options }),
    async options => readRare && rareRows(exact, readRare, options),
  ]);
  if (!rare) return { root, filter };
  if (exact.length === 1) return { root, filter, matching: rare };
  filter.restrict(rare);
  return { root, filter };
}

async function readFilteredRoot(
  files: Files,
  index: SetIndex,
  query: FilterOptions & QueryOptions,
): Promise<FilteredTree> {
  const { facets } = index;
  const top = topOf(index);
  const [root, page, conditions] = await roundTrip(query, () =>
    parallel(query as QueryOptions, [
      async options => top && readPage(files, top, options),
      async options =>
        facets.root ? readFacetPage(files, { kind: 'facets', ...facets.root }, options) : undefined,
      options => readConditions(files, index, { ...query, ...options }),
    ]),
  );
  const filter = new FacetFilter(files, conditions);
  if (root) filter.addPage(root, page);
  return { root, filter };
}

/**
 * Returns the systems of the overview, and of its value sample, that match; one round trip.
 * @throws ArgumentError for an invalid filter, MissingIndexError if the set has no facets
 */
export async function filteredOverview(
  files: Files,
  index: SetIndex,
  query: FilterOptions & QueryOptions,
): Promise<SystemRow[]> {
  const exact = checkFilter(files, index, query);
  const { overview } = index;
  if (!overview) return [];
  const { rows, ...ref } = overview;
  const beside = neededFiles(exact, overviewFacets(index));
  const [{ chunk, facets: values }, conditions] = await roundTrip(query, () =>
    parallel(query as QueryOptions, [
      options => readFacetedRows(files, { ref: { kind: 'previews', ...ref }, rows }, beside, options),
      options => readConditions(files, index, { ...query, ...options }),
    ]),
  );
  const matches = matchingRows(conditions, values, chunk.rows);
  return Array.from({ length: chunk.rows }, (_, row) => row)
    .filter(row => bitAt(matches, row))
    .map(row => systemRow(chunk, row));
}

/** The files beside the overview. */
export function overviewFacets({ facets: { overview, valueSample } }: SetIndex): FacetFiles {
  return {
    facets: overview ? { kind: 'facets', ...overview } : undefined,
    valueSample: valueSample ? { kind: 'previews', ...valueSample } : undefined,
  };
}

/** Checks a filter before anything is read; returns its conditions, without a fold. */
function checkFilter(files: Files, { options }: SetIndex, { where }: FilterOptions): FacetCondition[] {
  // A set of an earlier builder has no such option.
  if (!(options.facets as SetIndex['options']['facets'] | undefined)?.length) {
    const reason = 'it was built without facets';
    throw new MissingIndexError(
      `${files.source.location} was built without facets, which filters need: build it again with --facets`,
      { reason },
    );
  }
  return compileWhere(where, fieldsOf(options), undefined);
}

async function readConditions(
  files: Files,
  { options, fold }: SetIndex,
  query: FilterOptions & QueryOptions,
): Promise<FacetCondition[]> {
  const ofSet = query.fold ? await readFold(files, { kind: 'fold', ...fold }, query) : undefined;
  return compileWhere(query.where, fieldsOf(options), ofSet);
}

function fieldsOf({ facets }: SetIndex['options']): string[] {
  return facets.map(({ field }) => field);
}
