/** The catalogue of a benchmark: its positions, and the questions that all peers are asked. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Question {
  readonly center: readonly [number, number, number];
  /** For each number of results, the radius of the sphere that has so many systems. */
  readonly radii: ReadonlyMap<number, number>;
  /** Name of the system at the centre. */
  readonly name: string;
}

export interface Questions {
  readonly systems: number;
  readonly results: readonly number[];
  readonly questions: readonly Question[];
}

const RESULTS = [10, 1_000, 10_000];

/**
 * Questions around systems at equal intervals of the catalogue; their radii come from all distances.
 * @param path NDJSON with `name`, `x`, `y`, `z`
 */
export async function questionsOf(path: string, count: number): Promise<Questions> {
  const names: string[] = [];
  const positions: number[] = [];
  for await (const { name, x, y, z } of systemsOf(path)) {
    names.push(name);
    positions.push(x, y, z);
  }
  const all = Float64Array.from(positions);
  const results = RESULTS.filter(number => number <= names.length);
  const questions = Array.from({ length: Math.min(count, names.length) }, (_, i) => {
    let row = Math.floor((names.length * (i + 0.5)) / Math.min(count, names.length));
    // The guide's API finds no name with a slash.
    while (names[row]!.includes('/') && row > 0) row--;
    const center = [all[3 * row]!, all[3 * row + 1]!, all[3 * row + 2]!] as const;
    const distances = distancesFrom(center, all).sort();
    // Just above the distance of the last row, so that rounding loses no row.
    const radii = results.map(number => [number, distances[number - 1]! * (1 + 1e-12)] as const);
    return { center, radii: new Map(radii), name: names[row]! };
  });
  return { systems: names.length, results, questions };
}

function distancesFrom(
  [cx, cy, cz]: readonly [number, number, number],
  positions: Float64Array,
): Float64Array {
  const distances = new Float64Array(positions.length / 3);
  for (let i = 0; i < distances.length; i++)
    distances[i] = Math.hypot(positions[3 * i]! - cx, positions[3 * i + 1]! - cy, positions[3 * i + 2]! - cz);
  return distances;
}

/** A system of Haven's schema. */
export interface HavenRecord {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly region: string;
  readonly [field: string]: unknown;
}

/** The systems of an NDJSON file. */
export async function* systemsOf(path: string): AsyncGenerator<HavenRecord, void, undefined> {
  for await (const line of createInterface({ input: createReadStream(path) }))
    if (line) yield JSON.parse(line) as HavenRecord;
}
