/** Asks a peer all questions and takes the time. */
import type { Questions } from './catalogue.ts';
import type { Peer } from './peers.ts';
import { median } from './process-cost.ts';

/** A question in a column of a table: a sphere by its number of results, or a system by its name. */
export type Column = number | 'name';

export function columnsOf({ results }: Questions): Column[] {
  return [...results, 'name'];
}

export function titleOf(column: Column): string {
  return column === 'name' ? 'system by name' : `sphere of ${column.toLocaleString('en')}`;
}

/** Called around each question: before it, when the client has started, and after it with its seconds. */
export interface Watch {
  before(): void;
  after(seconds: number): void;
}

/**
 * Asks the questions of a column, one after another.
 * @returns the median of seconds
 * @throws Error if an answer is wrong
 */
export async function ask(
  peer: Peer,
  column: Column,
  { questions }: Questions,
  watch?: Watch,
): Promise<number> {
  const times: number[] = [];
  for (const { center, radii, name } of questions) {
    await peer.start?.();
    watch?.before();
    const started = performance.now();
    const found = column === 'name' ? await peer.byName(name) : await peer.sphere(center, radii.get(column)!);
    const seconds = (performance.now() - started) / 1_000;
    if (found !== (column === 'name' ? true : column))
      throw new Error(`${peer.name}: ${titleOf(column)} around ${name}: found ${found}`);
    times.push(seconds);
    watch?.after(seconds);
  }
  return median(times);
}
