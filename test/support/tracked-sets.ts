/** Sets for trackers: with samples at many levels, from a source whose reads are counted, held up or refused. */
import { join } from 'node:path';
import {
  folderSource,
  type OpenOptions,
  openTileset,
  type Source,
  type Tileset,
} from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { type Point, seeded } from './arbitrary.ts';
import { FACETS, faceted, lines } from './catalogues.ts';
import { writeInputs } from './chunk-sets.ts';
import type { OracleSystem } from './oracle.ts';
import { temporaryFolder } from './temporary.ts';

/** A source that a test has in its hands. */
export class HeldSource implements Source {
  readonly location: string;
  readonly #source: Source;
  /** Paths that were asked for, in order, and of those the ones that were aborted. */
  readonly asked: string[] = [];
  readonly aborted: string[] = [];
  /** Called before each read; it fails if this does. */
  before: (path: string) => Promise<void> | void = () => {};

  constructor(source: Source) {
    this.location = source.location;
    this.#source = source;
  }

  async get(path: string, options: Parameters<Source['get']>[1] = {}): Promise<Uint8Array | undefined> {
    const { signal } = options;
    this.asked.push(path);
    signal?.addEventListener('abort', () => this.aborted.push(path), { once: true });
    await this.before(path);
    signal?.throwIfAborted();
    return this.#source.get(path, options);
  }
}

export interface TrackedTestSet {
  readonly systems: readonly OracleSystem[];
  readonly directory: string;
  open(options?: OpenOptions): Promise<{ tileset: Tileset; source: HeldSource }>;
  remove(): void;
}

/** Builds a set of systems with facets; previews have 8 rows, so nodes of 256 systems have one. */
export async function trackedSet(count: number): Promise<TrackedTestSet> {
  const folder = temporaryFolder();
  const random = seeded(15);
  const { text, systems } = lines(
    faceted(count).systems.map(({ record }, i) => {
      const [x, y, z] = somewhere(i, random);
      return { ...record, x, y, z };
    }),
  );
  const input = writeInputs(folder.path, 'catalogue', [text]);
  const directory = join(folder.path, 'set');
  await build(input, directory, {
    ...{ chunkLimit: 20, preview: { size: 8 }, facets: FACETS, listings: [] },
    ...{ search: { mode: 'none', fields: [] }, gzipLevel: 1, flush: false },
  });
  return {
    systems,
    directory,
    async open(options = {}) {
      const source = new HeldSource(folderSource(directory));
      return { tileset: await openTileset(source, options), source };
    },
    remove: () => folder.remove(),
  };
}

/** In the bulge of a galaxy, in its disc, far away, or where another system is. */
function somewhere(i: number, random: () => number): Point {
  const away = (scale: number) => (random() + random() + random() - 1.5) * scale;
  if (i % 50 === 0) return [away(5000), away(5000), away(5000)];
  if (i % 20 === 0) return [100, -50, 3];
  if (i % 3 === 0) return [away(40), away(40), away(40)];
  return [away(1000), away(1000), away(30)];
}

export function positionOf({ record: { x, y, z } }: OracleSystem): Point {
  return [x, y, z] as Point;
}
