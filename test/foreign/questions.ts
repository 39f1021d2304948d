/** Questions to the sorted tables of a set, with the client's answers. */

import type { JsonObject, SystemWithRecord } from '#client/index.ts';
import { openTileset, standardFold } from '#client/node/index.ts';
import { searchedValues, valueFields } from '#format/btree/searched-texts.ts';
import { exactText, foldOf } from '#test/support/arbitrary.ts';

/** A row that is a system's; its own keys have no order, nor have those of its record. */
type Row = Readonly<{ id: string; fields?: JsonObject; record?: JsonObject }>;

/** A row in a line, whether its set has summary fields or not. */
export function exactRow({ record, fields = {}, ...row }: Row): string {
  const own = exactText({ ...row, fields } as JsonObject, true);
  return record ? `${own} ${exactText(record, true)}` : own;
}

/** A question as the reader in Python takes it, and what of an answer is compared. */
export interface Question {
  readonly query: JsonObject;
  readonly answer: readonly string[];
  /** The same of an answer in Python. */
  read(answer: unknown): readonly string[];
}

const rowsOf = (answer: unknown) => (answer as Row[]).map(exactRow);
const textsOf = (answer: unknown) => answer as string[];
const recordOf = (answer: unknown) => [exactText(answer as JsonObject, true)];
const pageOf = (answer: unknown) => {
  const { total, systems } = answer as { total: number; systems: Row[] };
  return [String(total), ...systems.map(exactRow)];
};
const ALL = 1_000_000;
const ROWS = 12;
const TEXTS = 12;
const PER_PAGE = 7;

/** Some of a list, spread over it. */
function spread<T>(list: readonly T[], most: number): T[] {
  return list.filter((_, i) => i % Math.ceil(list.length / most) === 0);
}

/** Texts that occur, in their beginnings, middles and ends, and some that do not. */
function needlesOf(systems: readonly SystemWithRecord[], fields: readonly string[]): string[] {
  const own = valueFields(fields);
  const fold = foldOf(text => text);
  const texts = new Set(
    systems.flatMap(({ name, record }) => [
      name,
      ...own.flatMap(field => searchedValues(record, field, fold)),
    ]),
  );
  const cut = spread([...texts], TEXTS).flatMap((text, i) => {
    const points = [...text];
    const start = (i * 7) % points.length;
    return [
      [...points.slice(start, start + 1 + (i % 5))],
      [...points.slice(start, start + 40)],
      [...points.slice(0, 1 + ((i * 5) % points.length))],
    ].map(of => of.join(''));
  });
  return [...new Set([...cut, 'A', ' ', 'no such text'])].filter(of => standardFold().search(of) !== '');
}

/**
 * Asks the client of names, ids, regions, listings, pages and texts.
 * @param systems all of the set
 */
export async function tableQuestions(set: string, systems: readonly SystemWithRecord[]): Promise<Question[]> {
  const tileset = await openTileset(set);
  const { mode, fields } = tileset.options.search;
  const some = spread(systems, ROWS);
  const questions: Question[] = [];
  const ask = (query: JsonObject, answer: unknown, read: Question['read']) =>
    questions.push({ query, answer: read(answer), read });
  for (const name of new Set([...some.map(row => row.name), 'no such name'])) {
    const folded = name.toUpperCase();
    ask({ name }, await tileset.systemsByName(name), rowsOf);
    ask(
      { name: folded, ignoreCase: true },
      await tileset.systemsByName(folded, { ignoreCase: true }),
      rowsOf,
    );
    const prefix = [...name].slice(0, 2).join('');
    ask({ prefix }, await tileset.names({ prefix, limit: ALL }), textsOf);
    const names = await tileset.names({ prefix: prefix.toUpperCase(), limit: ALL, ignoreCase: true });
    ask({ prefix: prefix.toUpperCase(), ignoreCase: true }, names, textsOf);
  }
  for (const id of [...some.map(row => row.id), 'no such id'])
    ask({ id }, (await tileset.systemById(id))?.record ?? null, recordOf);
  const regions = await tileset.regions().toArray();
  ask({ regions: true }, regions, answer => [exactText(answer as JsonObject[])]);
  for (const region of [undefined, 'no such region', ...spread(regions, ROWS).map(of => of.region)]) {
    for (const page of [1, 2, 1 + Math.floor(systems.length / PER_PAGE)]) {
      const query = { page, perPage: PER_PAGE, ...(region !== undefined && { region }) };
      ask(query, await tileset.page(query), pageOf);
    }
  }
  for (const { field } of await tileset.facets()) {
    const values = await tileset.facet(field, { limit: ALL });
    ask({ facet: field }, values, answer => [exactText(answer as JsonObject[])]);
    for (const { value } of spread(values, 3)) {
      const prefix = [...String(value)].slice(0, 2).join('').toUpperCase();
      const found = await tileset.facet(field, { prefix, limit: ALL });
      ask({ facet: field, prefix }, found, answer => [exactText(answer as JsonObject[])]);
    }
  }
  for (const { field, order } of tileset.options.listings) {
    if (order !== 'value') {
      for (const page of [1, 2, 3]) {
        const query = { page, perPage: PER_PAGE, order };
        ask({ list: field, ...query }, await tileset.list(field, undefined, query), pageOf);
      }
      continue;
    }
    const values = await tileset.list(field).toArray();
    ask({ list: field }, values, answer => [exactText(answer as JsonObject[])]);
    for (const { value } of [...spread(values, ROWS), { value: 'no such value' }]) {
      const query = { page: 1, perPage: PER_PAGE };
      ask({ list: field, value, ...query }, await tileset.list(field, value, query), pageOf);
    }
  }
  if (mode === 'none') return questions;
  for (const search of needlesOf(systems, fields)) {
    const all = await tileset.search(search, { limit: ALL });
    ask({ search, limit: ALL }, all.systems, answer =>
      rowsOf((answer as { systems?: Row[] }).systems ?? answer),
    );
    const limit = Math.max(1, Math.floor(all.systems.length / 2));
    const few = await tileset.search(search, { limit });
    const valuesOf = ({ truncated, values, moreValues }: JsonObject) =>
      exactText({ truncated, values, moreValues } as JsonObject);
    ask({ search, limit }, few, answer => [valuesOf(answer as JsonObject)]);
  }
  return questions;
}
