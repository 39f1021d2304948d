/** What was rejected and skipped, in the order of the input. */
import { readJsonLines } from '#pipeline/spill/json-lines.ts';
import type { Store } from '#pipeline/store/store.ts';
import { failedFile, type MapResult, mapFile, type Note, noteRun } from './map.ts';
import { type BuildPlan, readJson } from './task.ts';

/** Line numbers count on from one split of an input to the next. */
export function firstLinesOf(plan: BuildPlan, maps: readonly MapResult[]): number[] {
  let line = 1;
  return plan.splits.map(({ input }, i) => {
    line = i > 0 && plan.splits[i - 1]!.input === input ? line + maps[i - 1]!.lines : 1;
    return line;
  });
}

/** The notes of some splits. Lines count from the beginning of the file where `firstLines` says where splits begin. */
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

/** The notes of all splits that were read without a gap from the first on: of a build that failed, what it knows. */
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

/** Places that are in no text have line 0. */
function moved(note: Note, lines: number): Note {
  const location = note.kind === 'reject' ? note.reject.location : note.location;
  if (lines === 0 || location.line === 0) return note;
  const at = { ...location, line: location.line + lines };
  return note.kind === 'reject'
    ? { ...note, reject: { ...note.reject, location: at } }
    : { ...note, location: at };
}
