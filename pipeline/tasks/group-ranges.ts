/**
 * Ranges of tables whose runs have rows in groups: the systems of a value of a field. Some groups are chosen: a table
 * has only these, or all others.
 */
import { END } from '#pipeline/spill/key-bytes.ts';
import { cutKeys, type KeyRun, type RunRange, rangesOf } from '#pipeline/spill/key-runs.ts';
import type { Group } from '#pipeline/tables/groups.ts';
import { CUT_MEMBERS, CUT_SHARD } from '#pipeline/tables/page-cuts.ts';

function groupOfKey(key: Buffer): Group {
  return key.toString('base64', 0, key.indexOf(END, key.indexOf(END) + 1) + 1);
}

/** Ranges of a table without the chosen groups: they begin and end at page borders. */
export function rangesWithout(chosen: readonly Group[], runs: readonly KeyRun[], bytes: number): RunRange[] {
  const left = new Set(chosen);
  const cuts = cutKeys(runs, CUT_MEMBERS).filter(key => !left.has(groupOfKey(key)));
  return rangesOf(runs, bytes, cuts);
}

/** Ranges of tables of one chosen group each: they begin and end at page borders, or between groups. */
export function rangesOfEach(chosen: readonly Group[], runs: readonly KeyRun[], bytes: number): RunRange[] {
  if (chosen.length === 0) return [];
  const own = new Set(chosen);
  const cuts = cutKeys(runs, CUT_SHARD).filter(key => own.has(groupOfKey(key)));
  const begins = chosen.map(group => Buffer.from(group, 'base64'));
  return rangesOf(
    runs,
    bytes,
    [...cuts, ...begins].sort((a, b) => a.compare(b)),
  );
}

/**
 * Returns a test whether any key from `low` to `high` may be of the groups of a table.
 * @param isChosen true for a table of the chosen groups, false for a table of all others
 */
export function wantedBlocks(
  chosen: readonly Group[],
  isChosen: boolean,
): (low: Buffer, high: Buffer | undefined) => boolean {
  const keys = chosen.map(group => Buffer.from(group, 'base64'));
  const starts = (key: Buffer, group: Buffer) => key.subarray(0, group.length).equals(group);
  return (low, high) => {
    // The last chosen group that begins at or before the end of the block.
    let from = 0;
    let to = keys.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (high === undefined || keys[middle]!.compare(high) <= 0) from = middle + 1;
      else to = middle;
    }
    const group = keys[from - 1];
    if (isChosen) return group !== undefined && (group.compare(low) >= 0 || starts(low, group));
    return !(group && high && starts(low, group) && starts(high, group));
  };
}
