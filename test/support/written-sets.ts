/** Sets in memory, as a writer that gets something wrong would make them: every file is named by what it holds. */

import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type FileKind,
  foldTable,
  type JsonObject,
  type JsonValue,
  makeFold,
  type Packable,
  pack,
  pathOf,
  type SetIndex,
  type SetOptions,
  type TableRoots,
  withGeneration,
} from '#format/index.ts';
import { bodiesOf } from '#format/system.ts';
import { memoryStore } from '#pipeline/index.ts';
import { type BuiltCell, buildCell, closeCell } from '#pipeline/octree/build-cell.ts';
import { FORMAT_CONSTANTS, type FormatConstants } from '#pipeline/octree/format-constants.ts';
import type { CountedSystem, SetContext } from '#pipeline/octree/set-context.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';
import { AllTables } from '#pipeline/tasks/all-tables.ts';
import { indexOf } from '#pipeline/tasks/merge.ts';
import type { SetFiles } from '#pipeline/tasks/task.ts';

/** What a writer does in its own way. */
export interface Ways {
  /** What becomes of the content of a file before it is named; the `nth` of its kind. */
  content?(kind: FileKind, content: Fields, nth: number): Packable;
  index?(index: SetIndex): SetIndex;
  /** The text of the index, its generation still to come. */
  indexText?(text: string): string;
  cell?(systems: CountedSystem[], context: SetContext): BuiltCell | undefined;
  shape?: Partial<FormatConstants>;
}

/** The outer map of a file. */
export type Fields = { [field: string]: Packable };

export const OPTIONS: SetOptions = {
  chunkLimit: 4,
  detailWeight: 100_000,
  summary: [],
  preview: { size: 512, field: null, order: 'lowest' },
  search: { mode: 'infix', fields: ['attributes', 'materials', 'name'] },
};

/** The files of a set of some records, which must have id, name, region and position. */
export async function writeSet(
  records: readonly JsonObject[],
  options: SetOptions,
  ways: Ways = {},
  metas: readonly JsonValue[] = [],
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const nth = new Map<FileKind, number>();
  const writer: SetFiles = {
    settle: async () => {},
    put(kind, right) {
      const n = nth.get(kind) ?? 0;
      nth.set(kind, n + 1);
      const bytes = pack(ways.content?.(kind, right as Fields, n) ?? right);
      const ref = nameOf(kind, bytes);
      files.set(pathOf(ref), gzipMember(bytes));
      return ref;
    },
  };
  const context = {
    options,
    summary: new Set(options.summary),
    writer,
    shape: { ...FORMAT_CONSTANTS, ...ways.shape },
  };
  const systems = records.map(systemOf);
  const cell =
    systems.length > 0 ? (ways.cell?.(systems, context) ?? buildCell(systems, context)) : undefined;
  const top = cell && closeCell(cell, context);
  const text = indexOf(top, metas, await tablesOf(systems, context, writer), context);
  const index = JSON.parse(text) as SetIndex;
  files.set('index.json', reindexed(ways.index?.(index) ?? index, ways.indexText));
  return files;
}

/** The bytes of an altered index, with its generation. */
export function reindexed(
  { generation: _, ...index }: SetIndex,
  alter: Ways['indexText'] = text => text,
): Buffer {
  const unnamed = alter(canonical(index as never));
  return Buffer.from(withGeneration(unnamed, hash('sha256', unnamed)));
}

/** The sorted tables of some systems, worked on in memory. */
async function tablesOf(
  systems: readonly CountedSystem[],
  { options, summary }: SetContext,
  set: SetFiles,
): Promise<TableRoots> {
  const fold = makeFold(foldTable());
  const plan = { set: options, taskBytes: 1 << 20 };
  const tables = new AllTables(
    { run: memoryStore(), set, plan, fold, events: {}, signal: undefined },
    { search: options.search, summary, fold },
  );
  for (const system of systems) await tables.add(system);
  return tables.finish();
}

/** A gzip member with the header that the format asks for. */
export function gzipMember(content: Uint8Array): Uint8Array {
  const member = new Uint8Array(gzipSync(content));
  member[9] = 255;
  return member;
}

function systemOf(fields: JsonObject): CountedSystem {
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
  };
}

function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map(key => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join()}}`;
}
