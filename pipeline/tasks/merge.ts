/**
 * The task `merge`: builds the upper octree over all units, the upper pages of all tables, and `index.json`.
 *
 * Writes `index.json` and `merge.json` (`MergeResult`) of the run, and files of the set.
 */
import { LISTINGS, MEMBERS } from '#format/btree/listing-schemas.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import type { RootRef, TableRoots } from '#format/index-json.ts';
import type { JsonValue } from '#format/json.ts';
import { compareText } from '#format/utf8.ts';
import { UsageError } from '#pipeline/errors.ts';
import { NO_LEAVES } from '#pipeline/octree/leaf-files.ts';
import { type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import { innerTree, leafTree, type Subtree } from '#pipeline/octree/subtree.ts';
import { leavesOf, readUnits, type StoredUnit, treeOf } from '#pipeline/octree/unit-file.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { keyBytes } from '#pipeline/spill/key-bytes.ts';
import { sortedBatches } from '#pipeline/spill/key-runs.ts';
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { Group } from '#pipeline/tables/groups.ts';
import { listingTotals } from '#pipeline/tables/listing-totals.ts';
import { SET_TABLES } from '#pipeline/tables/set-tables.ts';
import { PageTree, TableBuilder } from '#pipeline/tables/table-builder.ts';
import { namedFields } from './cells.ts';
import { nodesFile, type TreePlan, type UnitPlace } from './cells-plan.ts';
import { cellsTotals } from './cells-runs.ts';
import type { DivideResult } from './divide.ts';
import type { FacetTotals } from './facet-counts.ts';
import type { GroupResult, OverviewHash } from './group.ts';
import { type MapResult, mapFile } from './map.ts';
import { GROUP, INDEX, MERGE, OVERVIEW, RANGE_ROUNDS, rangesFile } from './stages.ts';
import type { RangedTable, RangesResult, TableRange, TablesContext } from './table-ranges.ts';
import type { BuildPlan, Task, TaskContext } from './task.ts';
import { writeIndex, writeMeta, writeRoot } from './write-index.ts';

export interface MergeResult {
  /** Fields in options that no system has, sorted. */
  readonly missingFields: readonly string[];
  /** Names of facets that the options name and that no system has a value of. */
  readonly missingFacets: readonly string[];
  /** Number of strings that are not searched in full. */
  readonly truncatedTexts: number;
  /** The facets of the set. */
  readonly facets: readonly FacetTotals[];
}

export async function runMerge(_task: Task, context: TaskContext): Promise<void> {
  const { run, plan, set } = context;
  const { tree } = await readJson<GroupResult>(run, GROUP);
  const overviewHash = await readJson<OverviewHash>(run, OVERVIEW);
  const setOptions = setContext(plan.set, set, { overviewHash });
  const top = tree ? await new TreeMerger(run, setOptions).merge(tree) : undefined;
  const { declared, missingFacets } = declaredFacets(plan, top);
  const tables = await mergeTables(await readJson<RangesResult>(run, rangesFile(RANGE_ROUNDS)), context);
  const metas: JsonValue[] = [];
  for (const split of plan.splits.keys())
    for (const meta of (await readJson<MapResult>(run, mapFile(split))).metas) metas.push(meta);
  const text = await writeIndex(
    {
      tree: top && writeRoot(top, setOptions),
      tables,
      meta: writeMeta(metas, set),
      options: { ...plan.set, facets: declared },
    },
    set,
  );
  const { fields, listedFields, truncatedTexts, facets } = await cellsTotals(run, plan.set.facets);
  await set.settle();
  await run.put(INDEX, Buffer.from(text));
  const missing = new Set([...namedFields(plan.set)].filter(field => !fields.has(field)));
  for (const { field } of plan.set.listings)
    if (field !== REGION_LISTING.field && !listedFields.has(field)) missing.add(field);
  const missingFields = [...missing].sort(compareText);
  const result: MergeResult = {
    ...{ missingFields, missingFacets, truncatedTexts },
    facets: facets.filter(({ field }) => declared.some(facet => facet.field === field)),
  };
  await putJson(run, MERGE, result);
}

/**
 * The facets that the set declares: those that the user has named, or those of the default list that a system has a
 * value of.
 * @throws UsageError if the build is strict and no system has a value of a named facet
 */
function declaredFacets(
  { set: { facets }, facetsNamed, strict }: BuildPlan,
  top: Subtree | undefined,
): { declared: readonly FacetField[]; missingFacets: readonly string[] } {
  const own = top?.facets.nodes[0] ?? [];
  const present = facets.filter((_, i) => own[i] !== undefined);
  if (!facetsNamed) return { declared: present, missingFacets: [] };
  const missing = top ? facets.filter(facet => !present.includes(facet)) : [];
  if (strict && missing.length > 0)
    throw new UsageError(
      `--strict: ${missing.map(missingFacetText).join('; ')}; nothing was written. Correct the path, or leave the facet out`,
    );
  return { declared: facets, missingFacets: missing.map(({ field }) => field) };
}

/** Message about a facet without values. */
function missingFacetText({ field, paths }: FacetField): string {
  return `no system has a value of the facet "${field}" (${paths.join(', ')}), which --facets names`;
}

/** Joins subtrees, children before parents, with the samples of one path of the tree in memory. */
class TreeMerger {
  readonly #run: Store;
  readonly #context: SetContext;
  /** The units of the last file: those of one task are used one after another. */
  #file = '';
  #units: readonly StoredUnit[] = [];

  constructor(run: Store, context: SetContext) {
    this.#run = run;
    this.#context = context;
  }

  async merge(plan: TreePlan): Promise<Subtree> {
    if (plan.kind === 'unit') {
      const unit = await this.#unit(plan.at);
      return treeOf(unit) ?? leafTree(leavesOf(unit)!);
    }
    if (plan.kind === 'divided')
      return this.merge((await readJson<DivideResult>(this.#run, plan.file)).tree!);
    const leaves = plan.leaves && leavesOf(await this.#unit(plan.leaves));
    const children: Subtree[] = [];
    for (const child of plan.children) children.push(await this.merge(child));
    return innerTree(leaves ?? NO_LEAVES, children, this.#context);
  }

  async #unit([file, unit]: UnitPlace): Promise<StoredUnit> {
    if (file !== this.#file) {
      this.#units = await readUnits(this.#run, nodesFile(file));
      this.#file = file;
    }
    return this.#units[unit]!;
  }
}

/** Writes the upper pages of all tables, and the directory of listings. */
export async function mergeTables(
  { tables, runs }: RangesResult,
  { run, set, plan, fold }: TablesContext,
): Promise<TableRoots> {
  const roots: Partial<Record<RangedTable, RootRef | null>> = {};
  const shards = new Map<Group, PageTree>();
  for (const [name, files] of Object.entries(tables) as [RangedTable, readonly string[]][]) {
    if (name === 'values' || name === 'words' || name === 'common') continue;
    const schema = name === 'shards' ? MEMBERS : SET_TABLES[name].schema(fold);
    const tree = new PageTree(schema, set);
    for (const file of files) {
      for (const page of (await readJson<TableRange>(run, file)).pages) {
        if (page.group === undefined) tree.add(page);
        else {
          const shard = shards.get(page.group) ?? new PageTree(schema, set);
          shards.set(page.group, shard);
          shard.add(page);
        }
      }
    }
    roots[name] = tree.finish();
  }
  const directory = new TableBuilder(LISTINGS, set);
  const sort = entrySort(plan.engine);
  for await (const { arena, order } of sortedBatches(run, runs.listings ?? [], plan.taskBytes, sort)) {
    for (const { field, key, systems, bounds } of listingTotals(arena, order)) {
      const group = keyBytes([field, key]).toString('base64');
      directory.add({ field, key, systems, bounds, shard: shards.get(group)?.finish() ?? undefined });
    }
  }
  const root = (name: RangedTable) => roots[name] ?? null;
  return {
    ...{ names: root('names'), folded: root('folded'), ids: root('ids') },
    ...{ listings: directory.finish(), members: root('members'), ordered: root('ordered') },
    ...{ facets: root('facets'), rare: root('rare'), common: root('common-rows') },
    ...{ facetGrams: root('facet-grams') },
    ...{ words: root('word-rows'), values: root('value-rows') },
    ...{ grams: root('grams'), results: root('results') },
  };
}
