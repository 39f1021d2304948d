/** The single tasks of a build: each runs after all tasks of the previous stage. */
import { listOf, PLAN, type Task } from './task.ts';

export const GROUP = 'group.json';
export const COMMON = 'common.json';
export const OVERVIEW = 'overview.json';
export const INDEX = 'index.json';
export const MERGE = 'merge.json';

/** Number of rounds in which tables are cut. */
export const RANGE_ROUNDS = 2;
export const rangesFile = (round: number) => `ranges-${round}.json`;

export function groupTask(): Task {
  const task = { kind: 'group', id: 'group', inputs: [PLAN], weight: 0, params: {} } as const;
  return { ...task, outputs: [GROUP, COMMON, OVERVIEW, listOf(task)] };
}

export function rangesTask(round: number): Task {
  const task = { kind: 'ranges', id: `ranges-${round}`, weight: 0, params: { round } } as const;
  const inputs = round === 1 ? [GROUP] : [rangesFile(round - 1)];
  return { ...task, inputs, outputs: [rangesFile(round), listOf(task)] };
}

export function mergeTask(): Task {
  const inputs = [GROUP, OVERVIEW, rangesFile(RANGE_ROUNDS)];
  return { kind: 'merge', id: 'merge', inputs, outputs: [INDEX, MERGE], weight: 0, params: {} };
}
