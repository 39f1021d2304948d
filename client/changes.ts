/** The changes from one set to another. */
import { ArgumentError } from './errors.ts';
import type { SystemChange } from './octree/compare-sets.ts';
import { checkOptions, QUERY_OPTIONS } from './query/options.ts';
import type { QueryOptions } from './query/types.ts';
import { Tileset } from './tileset.ts';

/**
 * Yields the systems that were added, removed or changed from one set to another, such as two generations of a set.
 * Subtrees that both sets have are not read: requests, bytes and memory are in proportion to the difference. The result
 * does not depend on the options of the sets. Changed systems come first, as they are found, then removed and added ones,
 * ordered by id.
 * @throws ArgumentError for anything but open chunk sets, and the errors of both sets
 */
export async function* changes(
  before: Tileset,
  after: Tileset,
  options: QueryOptions = {},
): AsyncGenerator<SystemChange, void, undefined> {
  if (!(before instanceof Tileset && after instanceof Tileset))
    throw new ArgumentError('changes compares two open chunk sets, as openTileset returns them');
  checkOptions(options, QUERY_OPTIONS);
  options.signal?.throwIfAborted();
  const { compareSets } = await import('./octree/compare-sets.ts');
  yield* compareSets(before.compared, after.compared, options);
}
