/** Edits the tables of search: results, words of names, values, and grams. */
import { NAMES } from '#format/btree/name-schemas.ts';
import {
  BUCKETS,
  bucketKey,
  bucketOf,
  GRAMS,
  type GramEntry,
  RESULTS,
  type ResultEntry,
  VALUE_ROWS,
  VALUES,
  type ValueEntry,
  WORD_ROWS,
  WORDS,
  type WordEntry,
} from '#format/btree/search-schemas.ts';
import { gramsOf, searchedPart, wordRows } from '#format/btree/searched-texts.ts';
import type { TableRoots } from '#format/index-json.ts';
import { type ChangedRows, type EditedRow, editsBetween, editsOf } from './changed-rows.ts';
import { CutGroup, findRows, type GroupRow } from './cut-groups.ts';
import { editTable, type KeyEdit } from './edit-table.ts';
import { type EditedSet, storedTable } from './edited-set.ts';
import { isLong } from './first-rows.ts';
import { SET_TABLES } from './set-tables.ts';
import type { StoredTable } from './stored-table.ts';
import { type SearchedValue, searchedValueAt } from './system-rows.ts';

/** Edits the tables of search. */
export async function editSearch(
  set: EditedSet,
  changed: ChangedRows,
): Promise<Pick<TableRoots, 'results' | 'words' | 'values' | 'grams'>> {
  const editor = new SearchEditor(set, changed);
  const words = await editor.words();
  const { root: values, counts } = await editor.values();
  return { words, values, grams: await editor.grams(counts), results: await editor.results() };
}

/** Values with the numbers of their systems before and after the edits. */
type ValueCounts = ReadonlyMap<string, { readonly before: number; readonly after: number }>;

type EditedGram = Omit<EditedRow<GramEntry>, 'key'>;

class SearchEditor {
  readonly #set: EditedSet;
  readonly #changed: ChangedRows;
  readonly #results: StoredTable<ResultEntry>;
  readonly #values: StoredTable<ValueEntry>;

  constructor(set: EditedSet, changed: ChangedRows) {
    this.#set = set;
    this.#changed = changed;
    this.#results = storedTable(set, 'results', RESULTS);
    this.#values = storedTable(set, 'values', VALUES);
  }

  async results(): Promise<TableRoots['results']> {
    const changes = this.#changed.differing('results', SET_TABLES.results.rowOf);
    const edits = await editsOf(changes, RESULTS, this.#set.turns);
    return editTable(this.#results, edits, this.#set.files);
  }

  async words(): Promise<TableRoots['words']> {
    const { turns } = this.#set;
    const table = storedTable(this.#set, 'words', WORDS);
    const groups = new Map<string, { stored: readonly WordEntry[]; group: CutGroup<WordEntry> }>();
    for (const changes of this.#changed.groups('words', SET_TABLES['word-rows'].rowOf, 1)) {
      if (turns.areDue) await turns.take();
      const [text] = changes[0]!.key as [string];
      const stored = await table.group([text]);
      const others = stored.length < WORD_ROWS ? 0 : Number.POSITIVE_INFINITY;
      groups.set(text, { stored, group: new CutGroup(stored, others, changes, WORD_ROWS) });
    }
    await findRows(groups, {
      names: storedTable(this.#set, 'names', NAMES),
      changed: this.#changed.ids,
      rowsOf: ({ fields: _, ...system }) => {
        const name = this.#searchedName(system.name);
        return wordRows(system, name).map(start => {
          const text = name.slice(start);
          return [text, { ...system, text }];
        });
      },
    });
    const edits: KeyEdit<WordEntry>[] = [];
    for (const { stored, group } of groups.values())
      for (const edit of await editsBetween(stored, group.rows(), WORDS, turns)) edits.push(edit);
    return editTable(table, edits, this.#set.files);
  }

  async values(): Promise<{ root: TableRoots['values']; counts: ValueCounts }> {
    const groups = new Map<string, { stored: readonly ValueEntry[]; group: CutGroup<SearchedValue> }>();
    const counts = new Map<string, { before: number; after: number }>();
    const { turns } = this.#set;
    for (const changes of this.#changed.groups('values', searchedValueAt, 2)) {
      if (turns.areDue) await turns.take();
      const [bucket, value] = changes[0]!.key as [string, string];
      const stored = await this.#values.group([bucket, value]);
      const before = stored[0]?.systems ?? 0;
      const number = (side: 'before' | 'after') => changes.filter(change => change[side]).length;
      const after = before - number('before') + number('after');
      const most = isLong(value) ? after : VALUE_ROWS;
      counts.set(value, { before, after });
      groups.set(value, { stored, group: new CutGroup(stored, before - stored.length, changes, most) });
    }
    await findRows(groups, {
      names: storedTable(this.#set, 'names', NAMES),
      changed: this.#changed.ids,
      rowsOf: async ({ fields: _, ...system }) => {
        const found = await this.#results.first(RESULTS.keyOf({ ...system, values: [] }));
        return found ? shortValues(found) : [];
      },
      all: () => this.#allShortValues(),
    });
    const edits: KeyEdit<ValueEntry>[] = [];
    for (const [value, { stored, group }] of groups) {
      const { before, after: systems } = counts.get(value)!;
      const kept = new Set<SearchedValue>(before === systems ? stored : []);
      const rows = group.rows().map(row => (kept.has(row) ? (row as ValueEntry) : { ...row, systems }));
      for (const edit of await editsBetween(stored, rows, VALUES, turns)) edits.push(edit);
    }
    return { root: await editTable(this.#values, edits, this.#set.files), counts };
  }

  /** @param counts of the values of changed systems */
  async grams(counts: ValueCounts): Promise<TableRoots['grams']> {
    const changes = [...(await this.#gramsOfNames()), ...(await this.#gramsOfValues(counts))];
    const edits = await editsOf(changes, GRAMS, this.#set.turns);
    return editTable(storedTable(this.#set, 'grams', GRAMS), edits, this.#set.files);
  }

  /** A gram of a name stays if another name in its bucket has it. */
  async #gramsOfNames(): Promise<EditedGram[]> {
    const kept = new Map<number, ReadonlySet<string>>();
    const changes: EditedGram[] = [];
    const { turns } = this.#set;
    for (const { before, after } of this.#changed.differing('grams', SET_TABLES.grams.rowOf)) {
      if (turns.areDue) await turns.take();
      if (after && !before) changes.push({ after });
      else if (before && !after) {
        const own = kept.get(before.place) ?? (await this.#keptGrams(before.place));
        kept.set(before.place, own);
        if (!own.has(before.gram)) changes.push({ before });
      }
    }
    return changes;
  }

  /** The grams of the names of unchanged systems in a bucket. */
  async #keptGrams(bucket: number): Promise<Set<string>> {
    const grams = new Set<string>();
    for await (const { id, name } of this.#results.rowsOf([bucketKey(bucket)])) {
      if (this.#changed.ids.has(id)) continue;
      for (const gram of this.#gramsOf(this.#searchedName(name), true)) grams.add(gram);
    }
    return grams;
  }

  /** A gram of a value stays if another value in its bucket has it. */
  async #gramsOfValues(counts: ValueCounts): Promise<EditedGram[]> {
    const kept = new Map<number, ReadonlySet<string>>();
    const changes: EditedGram[] = [];
    for (const [value, { before, after }] of counts) {
      const bucket = bucketOf(value);
      const items = [...this.#gramsOf(value, false)].map(gram => ({ gram, place: BUCKETS + bucket }));
      if (before === 0) for (const item of items) changes.push({ after: item });
      if (after > 0) continue;
      const own = kept.get(bucket) ?? (await this.#keptGramsOfValues(bucket, counts));
      kept.set(bucket, own);
      for (const item of items) if (!own.has(item.gram)) changes.push({ before: item });
    }
    return changes;
  }

  /** The grams of the stored values in a bucket that some system still has. */
  async #keptGramsOfValues(bucket: number, counts: ValueCounts): Promise<Set<string>> {
    const grams = new Set<string>();
    const seen = new Set<string>();
    for await (const { value } of this.#values.rowsOf([bucketKey(bucket)])) {
      if (seen.has(value) || counts.get(value)?.after === 0) continue;
      seen.add(value);
      for (const gram of this.#gramsOf(value, false)) grams.add(gram);
    }
    return grams;
  }

  async *#allShortValues(): AsyncGenerator<readonly GroupRow<SearchedValue>[], void, undefined> {
    for await (const row of this.#results.rowsFrom([])) yield shortValues(row);
  }

  #searchedName(name: string): string {
    return searchedPart(this.#set.fold.search(name));
  }

  #gramsOf(text: string, isName: boolean): Set<string> {
    return gramsOf(text, this.#set.index.options.search.mode, isName);
  }
}

/** The rows of a system in the table `values`, for the values that the table `results` has. */
function shortValues({ values, ...system }: ResultEntry): GroupRow<SearchedValue>[] {
  const fields = new Map<string, number>();
  for (const [field, own] of values.entries())
    for (const value of own.split(', ')) if (value !== '' && !fields.has(value)) fields.set(value, field);
  return [...fields].map(([value, field]) => [value, { ...system, value, field }]);
}
