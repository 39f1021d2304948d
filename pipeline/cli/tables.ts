/** The sorted tables of a set, by name. */
import type { RootRef, SetIndex } from '../../client/format/index-json.ts';
import { type FileKind, type FileRef, pathOf } from '../../client/format/ref.ts';
import { TABLE_SCHEMAS, type TableName } from '../../client/format/table-layouts.ts';
import type { JsonObject, Tileset } from '../../client/index.ts';

/** What queries begin with. */
export type RootName = TableName | 'fold' | 'tree';

/** The file that a table, the fold or the octree begins with; undefined where the set is without. */
export function rootOf({ tables, fold, tree }: SetIndex, name: RootName): FileRef | undefined {
  const of = (kind: FileKind, root: RootRef | null | undefined) => (root ? { kind, ...root } : undefined);
  if (name === 'fold') return of('fold', fold);
  return name === 'tree' ? of('tree', tree) : of(TABLE_SCHEMAS[name].kind, tables?.[name]);
}

/** The plan of a query that begins with some tables. */
export function planOf({ generation, index }: Tileset, names: readonly RootName[]): JsonObject {
  const roots = names.flatMap(table => {
    const ref = rootOf(index, table);
    return ref ? [{ table, file: pathOf(ref), length: ref.length }] : [];
  });
  return { generation, roots, least: 1 + roots.length };
}
