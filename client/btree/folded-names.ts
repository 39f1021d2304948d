/** Finds names by their folds. */
import type { QueryOptions } from '#client/query/types.ts';
import type { KeyRange } from '#format/btree/keys.ts';
import { foldedNames } from '#format/btree/name-schemas.ts';
import type { TableSet } from './table-set.ts';

/**
 * The first names whose folds are in a range, in order of their folds.
 * @param by which fold of a name must be in the range
 */
export async function namesInFolds(
  tables: TableSet,
  { low, high }: KeyRange,
  by: 'exact' | 'search',
  most: number,
  options: QueryOptions,
): Promise<string[]> {
  const { fold } = tables;
  const schema = foldedNames(fold);
  const table = tables.table('folded', schema, options);
  const names: string[] = [];
  for (let from = low; names.length < most; ) {
    const [rows] = await table.ranges([{ low: from, high, most }]);
    for (const { name, bySearch } of rows!) {
      const isWanted = by === 'exact' ? !bySearch : bySearch || fold.search(name) === fold(name);
      if (isWanted && names.length < most) names.push(name);
    }
    if (rows!.length < most) break;
    from = { key: schema.keyOf(rows!.at(-1)!), after: 'keys' };
  }
  return names;
}
