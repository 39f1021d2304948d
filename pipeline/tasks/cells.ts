/**
 * The task `cells`: builds some units of the octree (`cells-plan`). It parses records and writes chunks, details,
 * previews, tree pages and facets of the set, node descriptions for `merge`, and rows of all tables as key runs.
 *
 * Writes `cells/ID.json` (`CellsResult`), `cells/ID-nodes` (`packUnits`) and `keys/RUN/ID-N`.
 */
import { valueFields } from '#format/btree/searched-texts.ts';
import { valuesAt } from '#format/facets/facet-extractor.ts';
import type { SetOptions } from '#format/index-json.ts';
import type { FieldPath } from '#format/record/record-path.ts';
import { compareText } from '#format/utf8.ts';
import { buildCell, openLeaf } from '#pipeline/octree/build-cell.ts';
import { type LeafSystems, writeCoincidentLeaf } from '#pipeline/octree/coincident-leaf.ts';
import { LeafFiles, type WrittenLeaf } from '#pipeline/octree/leaf-files.ts';
import { encodeJson, encodeObjects } from '#pipeline/octree/row-encoder.ts';
import { type CountedSystem, type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import { packUnits, type StoredUnit, storedUnit } from '#pipeline/octree/unit-file.ts';
import { keyAt } from '#pipeline/spill/entries.ts';
import { borrow, giveBack } from '#pipeline/spill/reused-memory.ts';
import type { Sorted } from '#pipeline/spill/sort-entries.ts';
import { RecordMemory } from '#pipeline/spill/spilled-record.ts';
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import { type RowRun, TableRows } from '#pipeline/tables/table-rows.ts';
import { type CellsParams, type CellsPart, nodesFile, type Unit } from './cells-plan.ts';
import type { CommonValues } from './common-values.ts';
import { FacetCounter, type FacetCounts } from './facet-counts.ts';
import type { OverviewHash } from './group.ts';
import { keptRecords, storedSystem } from './kept-records.ts';
import { recordAt, sortRecords } from './record-entries.ts';
import { COMMON, OVERVIEW } from './stages.ts';
import { readParams, type Task, type TaskContext } from './task.ts';

export interface CellsResult {
  /** Number of runs per kind of row. */
  readonly keyRuns: number;
  /** Fields in options that some system has. */
  readonly fields: readonly string[];
  /** Fields of listings that some system has. */
  readonly listedFields: readonly string[];
  /** Number of strings that are not searched in full. */
  readonly truncatedTexts: number;
  /** For each field of the option `facets`. */
  readonly facets: readonly FacetCounts[];
}

export const keyRun = (run: RowRun, task: string, number: number) => `keys/${run}/${task}-${number}`;

/** Rows of tables are collected up to this multiple of the bytes of a task. */
export const RUN_TASKS = 2;
/** Rows of one unit are written in between beyond this multiple: offsets of entries have 32 bits. */
const MOST_RUN_TASKS = 6;
/** Systems after which the bytes of rows are compared with it. */
const CHECKED_SYSTEMS = 256;

export async function runCells(task: Task, context: TaskContext): Promise<void> {
  const { units } = await readParams<CellsParams>(context.run, task);
  const common = await readJson<CommonValues>(context.run, COMMON);
  const overviewHash = await readJson<OverviewHash>(context.run, OVERVIEW);
  const builder = new UnitBuilder(task, context, common, overviewHash);
  const results: StoredUnit[] = [];
  for (const unit of units) results.push(await builder.build(unit));
  const result = await builder.finish();
  await context.set.settle();
  await context.run.put(nodesFile(task.outputs[0]!), packUnits(results));
  await putJson(context.run, task.outputs[0]!, result);
}

/** The fields in options, without `name`, which every system has. */
export function namedFields({ summary, search, preview }: SetOptions): Set<string> {
  const fields = new Set([...summary, ...search.fields, ...(preview.field === null ? [] : [preview.field])]);
  fields.delete('name');
  return fields;
}

class UnitBuilder {
  readonly #task: Task;
  readonly #context: TaskContext;
  readonly #set: SetContext;
  readonly #facets: FacetCounter;
  readonly #rows: TableRows;
  /** Fields in options that no system has had so far. */
  readonly #unmet: Set<string>;
  /** Paths of the searched fields. */
  readonly #paths: ReadonlyMap<string, FieldPath>;
  /** Memory with the records of parts whose systems are in use. */
  readonly #borrowed: Buffer[] = [];
  #keyRuns = 0;
  #sorts = 0;

  constructor(task: Task, context: TaskContext, common: CommonValues, overviewHash: OverviewHash) {
    const { plan, set: writer, fold } = context;
    this.#task = task;
    this.#context = context;
    const encode = plan.engine === 'js' ? encodeObjects : encodeJson;
    this.#set = setContext(plan.set, writer, { encode, overviewHash });
    this.#facets = new FacetCounter(plan.set.facets);
    this.#rows = new TableRows(plan.set, fold, common);
    this.#unmet = namedFields(plan.set);
    this.#paths = new Map(valueFields(plan.set.search.fields).map(({ field, path }) => [field, path]));
  }

  async build(unit: Unit): Promise<StoredUnit> {
    const built = await this.#build(unit);
    this.#giveBack(this.#borrowed.length);
    return built;
  }

  /** Ends the use of the memory of the first parts. */
  #giveBack(parts: number): void {
    for (const records of this.#borrowed.splice(0, parts)) giveBack(records);
  }

  async #build(unit: Unit): Promise<StoredUnit> {
    if (unit[0]!.kind === 'subtree') {
      const systems = await this.#load(unit[0]!);
      const cell = buildCell(systems, this.#set);
      if (cell.kind !== 'tree') throw new Error(`${this.#task.id}: expected a subtree, found one leaf`);
      await this.#handOn(systems);
      return storedUnit({ tree: cell.tree });
    }
    const leaves = new LeafFiles(this.#set);
    for (const part of unit) {
      if (part.kind === 'large leaf') {
        leaves.add(await this.#largeLeaf(part));
        continue;
      }
      const systems = await this.#load(part);
      const isFirst = leaves.add(openLeaf(systems.toSorted((a, b) => compareText(a.id, b.id))));
      // The leaves before it are in files.
      if (isFirst) this.#giveBack(this.#borrowed.length - 1);
      await this.#handOn(systems);
    }
    return storedUnit({ leaves: leaves.finish() });
  }

  async finish(): Promise<CellsResult> {
    await this.#writeRowsAbove(0);
    this.#rows.release();
    const fields = [...namedFields(this.#set.options)].filter(field => !this.#unmet.has(field));
    const { truncatedTexts, listedFields } = this.#rows;
    const { counts: facets } = this.#facets;
    return { keyRuns: this.#keyRuns, fields, listedFields: [...listedFields], truncatedTexts, facets };
  }

  /** The systems of a part, which go on reading from borrowed memory. */
  async #load(part: CellsPart): Promise<CountedSystem[]> {
    const { run, signal } = this.#context;
    const records = borrow(part.bytes);
    this.#borrowed.push(records);
    let end = 0;
    const allocate = (bytes: number) => {
      const memory = records.subarray(end, end + bytes);
      end += bytes;
      // Only a damaged run has longer records.
      return memory.length === bytes ? memory : Buffer.allocUnsafeSlow(bytes);
    };
    const systems: CountedSystem[] = [];
    for await (const { memory, starts } of keptRecords(run, part, Infinity, allocate)) {
      for (let i = 0; i < starts.length; i++) systems.push(this.#systemAt(memory, starts[i]!));
      signal?.throwIfAborted();
    }
    return systems;
  }

  #systemAt(memory: RecordMemory, start: number): CountedSystem {
    const system = storedSystem(memory, start);
    system.facets = this.#facets.valuesOf(system);
    return system;
  }

  async #largeLeaf(part: CellsPart): Promise<WrittenLeaf> {
    const { signal } = this.#context;
    const sort = await sortRecords(this.#context, part, `${this.#task.id}-sort-${this.#sorts++}`);
    // The systems go on reading from the arena.
    const systemsOf = ({ arena, order }: Sorted) => {
      const memory = new RecordMemory(arena);
      return Array.from(order, start => this.#systemAt(memory, recordAt(arena, start)));
    };
    const leaf: LeafSystems = {
      async *ids() {
        for await (const { arena, order } of sort.sorted())
          yield Array.from(order, start => keyAt(arena, start)[0]!);
      },
      async *systems() {
        for await (const sorted of sort.sorted()) yield systemsOf(sorted);
      },
    };
    const written = writeCoincidentLeaf(leaf, part.bounds, this.#set);
    for (;;) {
      const { done, value } = await written.next();
      if (done) return value;
      await this.#handOn(value);
      signal?.throwIfAborted();
    }
  }

  /** Adds systems, after they are in chunks, to the tables. */
  async #handOn(systems: readonly CountedSystem[]): Promise<void> {
    for (let i = 0; i < systems.length; i++) {
      const system = systems[i]!;
      this.#rows.add(system);
      if (this.#unmet.size > 0) this.#meet(system);
      if (i % CHECKED_SYSTEMS === 0) await this.#writeRowsAbove(MOST_RUN_TASKS);
    }
    await this.#writeRowsAbove(RUN_TASKS);
    this.#context.events.onProgress?.({ records: systems.length, bytes: 0 });
  }

  #meet(system: CountedSystem): void {
    for (const field of this.#unmet) if (this.#hasField(system, field)) this.#unmet.delete(field);
  }

  #hasField({ fields }: CountedSystem, field: string): boolean {
    const path = this.#paths.get(field);
    return Object.hasOwn(fields, field) || (path !== undefined && valuesAt(fields, path).length > 0);
  }

  /** Writes the rows if they have more bytes than a multiple of those of a task. */
  async #writeRowsAbove(tasks: number): Promise<void> {
    if (this.#rows.bytes > tasks * this.#context.plan.taskBytes) await this.#writeRows();
  }

  async #writeRows(): Promise<void> {
    const number = this.#keyRuns++;
    const { run: store, plan } = this.#context;
    for (const [run, file] of this.#rows.take(plan.engine))
      await store.put(keyRun(run, this.#task.id, number), file);
  }
}
