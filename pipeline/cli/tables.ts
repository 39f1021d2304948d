/** The sorted tables of a set, by name. */
import type { FileRef, RootRef, SetIndex, TableRoots } from '../../client/format/index.ts';
import { pathOf } from '../../client/format/index.ts';
import type { Tileset } from '../../client/index.ts';

const KINDS = {
  names: 'names',
  folded: 'names',
  ids: 'ids',
  regions: 'regions',
  members: 'regions',
  words: 'search',
  values: 'search',
  parts: 'search',
} as const satisfies Record<keyof TableRoots, FileRef['kind']>;

export const TABLES = Object.keys(KINDS) as (keyof TableRoots)[];

/** What queries begin with. */
export type RootName = keyof TableRoots | 'fold' | 'tree';

/** The file that a table, the fold or the octree begins with; undefined where the set is without. */
export function rootOf({ tables, fold, tree }: SetIndex, name: RootName): FileRef | undefined {
  const of = (kind: FileRef['kind'], root: RootRef | null) => (root ? { kind, ...root } : undefined);
  if (name === 'fold') return of('fold', fold);
  return name === 'tree' ? of('tree', tree) : of(KINDS[name], tables[name]);
}

/** The plan of a query that begins with some tables. */
export function planOf({ generation, index }: Tileset, names: readonly RootName[]): object {
  const roots = names.flatMap(table => {
    const ref = rootOf(index, table);
    return ref ? [{ table, file: pathOf(ref), length: ref.length }] : [];
  });
  return { generation, roots, least: 1 + roots.length };
}
