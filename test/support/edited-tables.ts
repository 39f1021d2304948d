/** All sorted tables of some systems in memory, built or edited. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { FileRef, JsonObject, SetIndex } from '#client/index.ts';
import { type Fold, facetExtractor, foldTable, makeFold, pack, pathOf } from '#format/index.ts';
import { memoryStore, type PlanOptions } from '#pipeline/index.ts';
import { Turns } from '#pipeline/store/turns.ts';
import type { ReplacedSystem } from '#pipeline/tables/changed-rows.ts';
import { editTables } from '#pipeline/tables/edit-tables.ts';
import type { FacetedSystem } from '#pipeline/tables/table-rows.ts';
import { AllTables } from '#pipeline/tasks/all-tables.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { refTo } from './stored-files.ts';

/** The systems of a catalogue by id. */
export type Systems = ReadonlyMap<string, FacetedSystem>;

export type SetTables = Pick<SetIndex, 'tables' | 'options'> & {
  /** Uncompressed contents by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
};

const FOLD = makeFold(foldTable());

/** Records with strings for id, name and region, as systems of a set. */
export function systemsOf(records: readonly JsonObject[], options: PlanOptions): Systems {
  const facetsOf = facetExtractor(checkBuildOptions(options).set.facets);
  return new Map(
    records.map(fields => {
      const { id, name, region, x, y, z } = fields as Record<string, never>;
      const facets = facetsOf({ region: region!, fields });
      return [
        id!,
        { id: id!, name: name!, region: region!, x: x!, y: y!, z: z!, derived: 0, fields, facets },
      ];
    }),
  );
}

/** Builds the tables of systems. */
export async function builtTables(systems: Systems, planned: PlanOptions): Promise<SetTables> {
  const files = new Map<string, Uint8Array>();
  const { set: options } = checkBuildOptions(planned);
  const set = { put: sinkOf(files), settle: async () => {} };
  const plan = { set: options, taskBytes: 1 << 22, engine: 'js' } as const;
  const all = new AllTables({ run: memoryStore(), set, plan, fold: FOLD, events: {}, signal: undefined });
  for (const system of systems.values()) await all.add(system);
  return { tables: await all.finish(), options, files };
}

/** Tables after edits, with the paths of the files that were read and written. */
export interface EditedTables extends SetTables {
  readonly read: ReadonlySet<string>;
  /** Without those that the set has. */
  readonly written: ReadonlyMap<string, Uint8Array>;
}

/** Edits tables. @param systems those before the edits */
export async function editedTables(
  before: SetTables,
  systems: Systems,
  changes: readonly ReplacedSystem[],
  fold: Fold = FOLD,
): Promise<EditedTables> {
  const read = new Set<string>();
  const files = new Map(before.files);
  const put = sinkOf(files);
  const tables = await editTables(
    {
      index: before,
      fold,
      turns: new Turns(undefined),
      files: {
        put,
        async get(ref: FileRef) {
          read.add(pathOf(ref));
          return files.get(pathOf(ref))!;
        },
      },
      systemAt: async ({ id }) => systems.get(id)!,
      async *systemsWith(field, value) {
        const at = before.options.facets.findIndex(facet => facet.field === field);
        for (const system of systems.values()) if (system.facets[at]!.includes(value)) yield system;
      },
    },
    changes,
  );
  const written = new Map([...files].filter(([path]) => !before.files.has(path)));
  return { tables, options: before.options, files, read, written };
}

/** The changes from one catalogue to another. */
export function changesOf(before: Systems, after: Systems): ReplacedSystem[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map(id => ({ before: before.get(id), after: after.get(id) }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after));
}

/** Expects of an edit the tables that a build makes: all pages, and no other. Returns the built tables. */
export async function expectEdited(
  built: SetTables,
  before: Systems,
  after: Systems,
  options: PlanOptions,
): Promise<SetTables> {
  const edited = await editedTables(built, before, changesOf(before, after));
  const expected = await builtTables(after, options);
  expect(edited.tables).toEqual(expected.tables);
  const missing = [...expected.files.keys()].filter(path => !edited.files.has(path));
  const useless = [...edited.written.keys()].filter(path => !expected.files.has(path));
  expect({ missing, useless }).toEqual({ missing: [], useless: [] });
  return expected;
}

function sinkOf(files: Map<string, Uint8Array>) {
  return (kind: FileRef['kind'], content: Parameters<typeof pack>[0]): FileRef => {
    const bytes = pack(content);
    const ref = refTo(bytes, kind);
    files.set(pathOf(ref), bytes);
    return ref;
  };
}
