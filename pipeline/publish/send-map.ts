/** Publishes the map that lies beside a set. */
import { checkNoOtherPage, mapFilesIn } from '#pipeline/store/map-beside-set.ts';
import type { Store } from '#pipeline/store/store.ts';
import { HEADERS } from './make-live.ts';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/**
 * Finds the files of the map beside a set.
 * @throws UsageError if they would replace a page of the user
 */
export async function mapToSend(from: Store, to: Store): Promise<string[]> {
  const paths = await mapFilesIn(from);
  if (paths.length > 0) await checkNoOtherPage(to);
  return paths;
}

/**
 * Sends the files of the map that the destination lacks, the page last. Older files of the map stay there: open pages
 * may need them.
 * @param paths the result of `mapToSend`
 */
export async function sendMap(
  paths: readonly string[],
  from: Store,
  to: Store,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const path of paths) {
    const bytes = (await from.get(path, { signal }))!;
    const there = await to.get(path, { signal });
    if (there && Buffer.compare(there, bytes) === 0) continue;
    const isFixed = path.startsWith('map/');
    await to.put(path, bytes, {
      headers: {
        'Content-Type': TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
        'Cache-Control': (isFixed ? HEADERS.file : HEADERS.index)['Cache-Control'],
      },
      signal,
    });
  }
}
