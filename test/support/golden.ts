/** The committed set of test/golden/, its catalogue and its options; and what a set's tables hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { foldedNames, IDS, MEMBERS, NAMES, REGIONS, shardOf } from '#format/btree/schemas.ts';
import { PARTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { makeFold, unpackFold } from '#format/fold/fold.ts';
import type { RootRef, SetIndex } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { unpack } from '#format/unpack.ts';
import type { BuildOptions } from '#pipeline/build.ts';

const file = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

export const GOLDEN = {
  catalogue: file('catalogue.json'),
  set: file('set'),
  options: JSON.parse(readFileSync(file('options.json'), 'utf8')) as BuildOptions,
};

/** The systems of the catalogue, one by one or in the list of a region, and its `_meta`. */
export function goldenCatalogue(): { meta: JsonObject; systems: JsonObject[] } {
  const { _meta: meta, ...systems } = JSON.parse(readFileSync(GOLDEN.catalogue, 'utf8'));
  return { meta, systems: Object.values(systems as JsonObject).flat() as JsonObject[] };
}

/** Kinds of the files that `tableLines` reads. */
export const TABLE_KINDS: readonly string[] = ['names', 'ids', 'regions', 'search', 'fold'];

/** What the tables of a set and its fold hold: a row, or a page's entry of an inner page, in a line. */
export function tableLines(directory: string, { tables, fold }: SetIndex): string[] {
  const read = (ref: FileRef) => unpack(gunzipSync(readFileSync(join(directory, pathOf(ref)))));
  const lines: string[] = [];
  const add = <R>(name: string, root: RootRef | null, schema: TableSchema<R>): readonly R[] => {
    if (!root) return [];
    const page = unpackTablePage(read({ kind: schema.kind, ...root }), schema);
    const [what, rows] = 'rows' in page ? [name, page.rows] : [`${name} page`, page.entries];
    for (const row of rows) lines.push(`${what} ${jsonText(row as JsonObject)}`);
    return 'rows' in page ? page.rows : page.entries.flatMap(({ ref }) => add(name, ref, schema));
  };
  const table = unpackFold(read({ kind: 'fold', ...fold }));
  lines.push(`fold ${jsonText([table.unicode, [...table.map], [...table.ranks]])}`);
  add('names', tables.names, NAMES);
  add('folded', tables.folded, foldedNames(makeFold(table)));
  add('ids', tables.ids, IDS);
  for (const { region, shard } of add('regions', tables.regions, REGIONS))
    add(`shard ${region}`, shard ?? null, shardOf(region));
  add('members', tables.members, MEMBERS);
  add('words', tables.words, WORDS);
  add('values', tables.values, VALUES);
  add('parts', tables.parts, PARTS);
  return lines;
}
