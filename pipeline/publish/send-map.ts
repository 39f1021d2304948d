/** Publishes the map that lies beside a set. */
import { NotFoundError } from '#client/errors.ts';
import { concurrently } from '#pipeline/store/concurrently.ts';
import { checkNoOtherPage, MAP_PAGE, MAP_PREFIXES, mapFilesIn } from '#pipeline/store/map-beside-set.ts';
import type { Store } from '#pipeline/store/store.ts';
import { HEADERS } from './make-live.ts';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Files of a map that the destination lacks or has otherwise. */
export interface MapToSend {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly bytes: number;
  /** Requests to the destination that were needed to find them. */
  readonly requests: { readonly list: number; readonly get: number };
}

/**
 * Compares the files of the map beside a set with those at the destination.
 * @throws UsageError if they would replace a page of the user, NotFoundError if one is removed while they are read
 */
export async function mapToSend(from: Store, to: Store, signal: AbortSignal | undefined): Promise<MapToSend> {
  const paths = await mapFilesIn(from, signal);
  const files = new Map<string, Uint8Array>();
  if (paths.length === 0) return { files, bytes: 0, requests: { list: 0, get: 0 } };
  await checkNoOtherPage(to, signal);
  await concurrently(paths, async path => {
    const [bytes, there] = await Promise.all([from.get(path, { signal }), to.get(path, { signal })]);
    if (!bytes)
      throw new NotFoundError(`${path} of ${from.location} is missing: build the set again`, { file: path });
    if (!there || Buffer.compare(there, bytes) !== 0) files.set(path, bytes);
  });
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  return { files, bytes, requests: { list: MAP_PREFIXES.length, get: paths.length } };
}

/**
 * Sends files of the map, the page last: readers of a page find its scripts. Older files of the map stay there: open pages
 * may need them.
 */
export async function sendMap(
  { files }: MapToSend,
  to: Store,
  signal: AbortSignal | undefined,
): Promise<void> {
  const send = async (path: string) => {
    const isFixed = path.startsWith('map/');
    await to.put(path, files.get(path)!, {
      headers: {
        'Content-Type': TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
        'Cache-Control': (isFixed ? HEADERS.file : HEADERS.index)['Cache-Control'],
      },
      signal,
    });
  };
  await concurrently(
    [...files.keys()].filter(path => path !== MAP_PAGE),
    send,
  );
  if (files.has(MAP_PAGE)) await send(MAP_PAGE);
}
