/** Iterates over the systems of a set, for all shapes of export. */
import type { SystemRecord, Tileset } from '#client/index.ts';
import { checkNames, type OptionNames, wrongArgument } from '#pipeline/store/check-options.ts';

/** Options of `exportLines` and `exportSet`. */
export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of systems written so far. */
  readonly onProgress?: ((systems: number) => void) | undefined;
}

export const EXPORT_OPTIONS: OptionNames<ExportOptions> = { signal: 1, onProgress: 1 };

/** @throws UsageError for an unknown option, or anything but an open tileset */
export function checkExport<T extends object>(tileset: Tileset, options: T, names: OptionNames<T>): void {
  if (typeof tileset?.records !== 'function')
    throw wrongArgument('the set', tileset, 'a tileset, as openTileset returns it');
  checkNames(options, names);
}

/** Yields all systems of a set with their records, in the order of the set. */
export async function* allSystems(
  tileset: Tileset,
  options: ExportOptions,
): AsyncGenerator<SystemRecord, void, undefined> {
  for await (const batch of systemBatches(tileset, options)) yield* batch;
}

/** Yields the same in batches; reports progress after each. */
export async function* systemBatches(
  tileset: Tileset,
  { signal, onProgress }: ExportOptions,
): AsyncGenerator<SystemRecord[], void, undefined> {
  let systems = 0;
  for await (const batch of tileset.records({ signal })) {
    yield batch;
    systems += batch.length;
    onProgress?.(systems);
  }
}
