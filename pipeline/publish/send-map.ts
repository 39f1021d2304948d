/** Publishes the map that lies beside a set. */
import { mapFilesIn } from '#pipeline/store/map-beside-set.ts';
import type { Store } from '#pipeline/store/store.ts';
import { HEADERS } from './make-live.ts';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/**
 * Sends the files of the map that the destination lacks, the page last. Older files of the map stay there: open pages
 * may need them.
 * @returns number of files sent; 0 if there is no map beside the set
 */
export async function sendMap(from: Store, to: Store, signal: AbortSignal | undefined): Promise<number> {
  let sent = 0;
  for (const path of await mapFilesIn(from)) {
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
    sent++;
  }
  return sent;
}
