/** Sets in memory, as a writer that gets something wrong would make them: every file is named by what it holds. */

import { REGION_LISTING } from '#format/facets/listing.ts';
import {
  type FacetExtractor,
  type FileKind,
  facetExtractor,
  foldTable,
  type JsonObject,
  type JsonValue,
  makeFold,
  type Packable,
  parseFacets,
  type SetIndex,
  type SetOptions,
  type TableRoots,
} from '#format/index.ts';
import { bodiesOf } from '#format/system.ts';
import { memoryStore } from '#pipeline/index.ts';
import { type BuiltCell, buildCell, closeCell } from '#pipeline/octree/build-cell.ts';
import { FORMAT_CONSTANTS, type FormatConstants } from '#pipeline/octree/format-constants.ts';
import { type CountedSystem, type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import type { SetFiles, WorkingSet } from '#pipeline/store/set-writer.ts';
import { AllTables } from '#pipeline/tasks/all-tables.ts';
import { writeIndex, writeMeta, writeRoot } from '#pipeline/tasks/write-index.ts';
import { StoredSet } from './stored-files.ts';

/** The steps that a writer does in its own way. */
export interface Ways {
  /** Changes the content of a file before it is named; the `nth` of its kind. */
  content?(kind: FileKind, content: Fields, nth: number): Packable;
  index?(index: SetIndex): SetIndex;
  /** The text of the index, its generation still to come. */
  indexText?(text: string): string;
  cell?(systems: CountedSystem[], context: SetContext): BuiltCell | undefined;
  constants?: Partial<FormatConstants>;
}

/** The outer map of a file. */
export type Fields = { [field: string]: Packable };

export const OPTIONS: SetOptions = {
  chunkLimit: 4,
  detailWeight: 100_000,
  summary: [],
  preview: { size: 512, field: null, order: 'lowest' },
  search: { mode: 'infix', fields: ['attributes', 'materials', 'name'] },
  preload: 0,
  listings: [REGION_LISTING],
  facets: parseFacets('material=materials|planets.materials,region,sentinel'),
  gzipLevel: 5,
};

/** The files of a set of some records, which must have id, name, region and position. */
export async function writeSet(
  records: readonly JsonObject[],
  options: SetOptions,
  ways: Ways = {},
  metas: readonly JsonValue[] = [],
): Promise<Map<string, Uint8Array>> {
  const set = new StoredSet();
  const written = new Map<FileKind, number>();
  const writer: WorkingSet = {
    settle: async () => {},
    get: async ref => set.contentOf(ref),
    put(kind, content) {
      const nth = written.get(kind) ?? 0;
      written.set(kind, nth + 1);
      return set.put(kind, ways.content?.(kind, content as Fields, nth) ?? content);
    },
  };
  const context = setContext(options, writer, { constants: { ...FORMAT_CONSTANTS, ...ways.constants } });
  const facetsOf = facetExtractor(options.facets);
  const systems = records.map(record => systemOf(record, facetsOf));
  const cell =
    systems.length > 0 ? (ways.cell?.(systems, context) ?? buildCell(systems, context)) : undefined;
  const top = cell && closeCell(cell, context);
  const tables = await tablesOf(systems, context, writer);
  const parts = { tree: top && writeRoot(top, context), tables, meta: writeMeta(metas, writer), options };
  const text = await writeIndex(parts, writer);
  const index = JSON.parse(text) as SetIndex;
  return set.putIndex(ways.index?.(index) ?? index, ways.indexText).files;
}

/** The sorted tables of some systems, worked on in memory. */
async function tablesOf(
  systems: readonly CountedSystem[],
  { options }: SetContext,
  set: SetFiles,
): Promise<TableRoots> {
  const fold = makeFold(foldTable());
  const plan = { set: options, taskBytes: 1 << 20, engine: 'js' } as const;
  const tables = new AllTables({ run: memoryStore(), set, plan, fold, events: {}, signal: undefined });
  for (const system of systems) await tables.add(system);
  return tables.finish();
}

function systemOf(fields: JsonObject, facetsOf: FacetExtractor): CountedSystem {
  const { id, name, region, x, y, z } = fields as Record<string, never>;
  return {
    id: id!,
    name: name!,
    region: region!,
    x: x!,
    y: y!,
    z: z!,
    derived: 0,
    fields,
    counts: bodiesOf(fields),
    facets: facetsOf({ region: region!, fields }),
  };
}
