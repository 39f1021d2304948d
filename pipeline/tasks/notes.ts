/** Reads the rejected and skipped records, in the order of the input. */
import { readJsonLines } from '#pipeline/spill/json-lines.ts';
import { readJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import { failedFile, type MapResult, mapFile, type Note, noteRun } from './map.ts';
import type { BuildPlan } from './task.ts';

/** Number of the first line of each split. */
export function firstLinesOf(plan: BuildPlan, maps: readonly MapResult[]): number[] {
  let line = 1;
  return plan.splits.map(({ input }, i) => {
    line = i > 0 && plan.splits[i - 1]!.input === input ? line + maps[i - 1]!.lines : 1;
    return line;
  });
}

/**
 * The notes of some splits, with lines of the file.
 * @param firstLines number of the first line of each split
 */
export async function* readNotes(
  run: Store,
  maps: readonly MapResult[],
  firstLines: readonly number[],
): AsyncGenerator<Note, void, undefined> {
  for (const [i, { split, noteRuns }] of maps.entries()) {
    for (let n = 0; n < noteRuns; n++) {
      for await (const note of readJsonLines<Note>(run, noteRun(split, n)))
        yield moved(note, firstLines[i]! - 1);
    }
  }
}

/** The notes of a failed build: those of all splits from the first up to the one that failed. */
export async function* notesSoFar(run: Store, plan: BuildPlan): AsyncGenerator<Note, void, undefined> {
  const maps: MapResult[] = [];
  let failed: MapResult | undefined;
  for (const split of plan.splits.keys()) {
    if (await run.get(mapFile(split))) maps.push(await readJson<MapResult>(run, mapFile(split)));
    else {
      if (await run.get(failedFile(split))) failed = await readJson<MapResult>(run, failedFile(split));
      break;
    }
  }
  yield* readNotes(run, maps, firstLinesOf({ ...plan, splits: plan.splits.slice(0, maps.length) }, maps));
  if (failed) yield* readNotes(run, [failed], [1]);
}

/** Moves a note by a number of lines; line 0 means a location without a line. */
function moved(note: Note, lines: number): Note {
  const location = note.kind === 'reject' ? note.reject.location : note.location;
  if (lines === 0 || location.line === 0) return note;
  const at = { ...location, line: location.line + lines };
  return note.kind === 'reject'
    ? { ...note, reject: { ...note.reject, location: at } }
    : { ...note, location: at };
}
