/** Leaves of very many systems on one point, which no division makes smaller: built in order of id, out of core. */
import { rmSync } from 'node:fs';
import { type Bounds, cutRun, hashText } from '../client/format/index.ts';
import { type WrittenLeaf, writeChunk } from './chunks.ts';
import type { CountedSystem, SetContext } from './context.ts';
import { mergeSamples, samplesOf } from './samples.ts';
import { ExternalSort, type SortRow } from './sort.ts';
import type { SpilledRecord } from './spill.ts';
import { addCounts } from './subtree.ts';

export class PointBuilder {
  readonly #path: string;
  readonly #systemOf: (record: SpilledRecord) => CountedSystem;
  readonly #records: ExternalSort;
  readonly #ids: ExternalSort;

  /** @param path prefix of files for what does not fit into memory */
  constructor(path: string, systemOf: (record: SpilledRecord) => CountedSystem) {
    this.#path = path;
    this.#systemOf = systemOf;
    this.#records = new ExternalSort(`${path}-records`, 6);
    this.#ids = new ExternalSort(`${path}-ids`);
  }

  add(record: SpilledRecord): void {
    const { sequence, x, y, z, key, region, bytes } = record;
    const { id } = this.#systemOf(record);
    const around = [key, region].filter(text => text !== undefined);
    const has = [key, region].map(text => (text === undefined ? 0 : 1));
    this.#records.add([id], [sequence, x, y, z, ...has], [bytes.toString(), ...around]);
    this.#ids.add([id]);
  }

  /**
   * Writes the leaf, a chunk at a time; each is handed on once it is written.
   * @param bounds the point
   */
  *write(bounds: Bounds, context: SetContext): Generator<readonly CountedSystem[], WrittenLeaf, undefined> {
    const chunks: WrittenLeaf['chunks'][number][] = [];
    let counts = { systems: 0, planets: 0, moons: 0, stations: 0 };
    let samples: WrittenLeaf['samples'] = [];
    for (const part of this.#parts(context.options.chunkLimit)) {
      chunks.push(writeChunk([part], chunks.length === 0 ? '' : part[0]!.id, context));
      for (const system of part) counts = addCounts(counts, { systems: 1, ...system.counts });
      samples = mergeSamples([samples, samplesOf(part, context)]);
      yield part;
    }
    return { kind: 'written leaf', bounds, counts, chunks, samples };
  }

  close(): void {
    this.#records.close();
    this.#ids.close();
    for (const name of ['records', 'ids']) rmSync(`${this.#path}-${name}`, { force: true });
  }

  /** The systems in order of id, cut into chunks. */
  *#parts(limit: number): Generator<CountedSystem[]> {
    // A number a system, of all that is known of it: the cuts depend on all ids.
    const hashes: number[] = [];
    for (const { key } of this.#ids.rows()) hashes.push(hashText(key[0]!));
    const [, ...ends] = cutRun(new Uint8Array(hashes.length).fill(1), limit, row => hashes[row]!);
    let part: CountedSystem[] = [];
    let rows = 0;
    for (const row of this.#records.rows()) {
      part.push(this.#systemOf(recordOf(row)));
      if (++rows !== ends[0]) continue;
      yield part;
      part = [];
      ends.shift();
    }
    yield part;
  }
}

function recordOf({ numbers, texts }: SortRow): SpilledRecord {
  const [sequence, x, y, z, hasKey, hasRegion] = numbers as [number, number, number, number, number, number];
  const [json, ...around] = texts as [string, ...string[]];
  const key = hasKey ? around.shift() : undefined;
  const region = hasRegion ? around.shift() : undefined;
  return { sequence, x, y, z, key, region, bytes: Buffer.from(json) };
}
