/** The sorted tables of a set, by name. */

import type { JsonObject, Tileset } from '#client/index.ts';
import { TABLE_SCHEMAS, type TableName } from '#format/btree/table-schemas.ts';
import { type FileKind, type FileRef, pathOf } from '#format/file-ref.ts';
import type { RootRef, SetIndex } from '#format/index-json.ts';

/** Files at which queries begin. */
export type RootName = TableName | 'fold' | 'tree';

/** Root file of a table, the fold or the octree; undefined if the set has none. */
export function rootOf({ tables, fold, tree }: SetIndex, name: RootName): FileRef | undefined {
  const ref = (kind: FileKind, root: RootRef | null | undefined) => (root ? { kind, ...root } : undefined);
  if (name === 'fold') return ref('fold', fold);
  return name === 'tree' ? ref('tree', tree) : ref(TABLE_SCHEMAS[name].kind, tables?.[name]);
}

/** The plan of a query that begins at some roots. */
export function tablesPlan({ generation, index }: Tileset, names: readonly RootName[]): JsonObject {
  const roots = names.flatMap(table => {
    const ref = rootOf(index, table);
    // Small root pages stand in the index itself.
    const isRead = ref && !Object.hasOwn(index.contents ?? {}, ref.hash);
    return isRead ? [{ table, file: pathOf(ref), length: ref.length }] : [];
  });
  return { generation, roots, least: 1 + roots.length };
}
