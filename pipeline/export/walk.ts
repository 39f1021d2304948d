/** The walk that every shape is written from. */
import type { SystemRecord, Tileset } from '../../client/index.ts';

export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told the systems written so far. */
  readonly onProgress?: ((systems: number) => void) | undefined;
}

/** All systems of a set with their records, in its order; whoever takes the next one has written the one before. */
export async function* allSystems(
  tileset: Tileset,
  { signal, onProgress }: ExportOptions,
): AsyncGenerator<SystemRecord, void, undefined> {
  let systems = 0;
  for await (const batch of tileset.records({ signal })) {
    yield* batch;
    systems += batch.length;
    onProgress?.(systems);
  }
}
