/**
 * A service worker that lets a page work offline after a first visit. Host it beside the page, and switch it on with
 * `workOffline('service-worker.js')` of `haven-chunks/cache`.
 *
 * Files of chunk sets, of any origin, come from the cache, because their names are hashes. So do the page's own files below
 * the folder that `?assets=` names, relative to the worker. The other files of the page, and `index.json` of any set, come
 * from the network, and from the cache while that fails. `?max=` is the size in MiB above which files of sets are removed,
 * the oldest first; 256 by default. They are removed as well if the browser has no more space.
 */
const { href, origin, searchParams } = new URL(globalThis.location.href);
const MAX_BYTES = Number(searchParams.get('max') ?? 256) * 2 ** 20;
const ASSETS = searchParams.has('assets') ? new URL(searchParams.get('assets')!, href).href : undefined;
const SET_FILE = /\/([a-z]+\/[0-9a-f]{40}\.mpk)$/;
/** Files between two looks at the size of the cache. */
const BATCH = 32;
/** Number of files at once that the page had loaded before: the page goes on loading others. */
const AT_ONCE = 6;

/** The events of a service worker, as far as they are used; the types of TypeScript exclude those of pages. */
interface WorkerEvent extends MessageEvent<readonly string[]> {
  readonly request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}
const worker = globalThis as unknown as {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
};

let added = 0;

worker.addEventListener('install', event => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', event => event.waitUntil(worker.clients.claim()));
// The files that the page had loaded before the worker was there.
worker.addEventListener('message', event => {
  const requests = [...new Set(event.data)]
    .map(url => new Request(url))
    .filter(request => keyOf(request) !== undefined)
    .values();
  const keepSome = async () => {
    for (const request of requests) await keepLoaded(request).catch(() => {});
  };
  const kept = Promise.all(Array.from({ length: AT_ONCE }, keepSome));
  event.waitUntil(kept.then(() => event.ports[0]?.postMessage('kept')));
});
worker.addEventListener('fetch', event => {
  const { request } = event;
  if (request.method !== 'GET' || request.headers.has('range') || keyOf(request) === undefined) return;
  event.respondWith(respond(request, work => event.waitUntil(work)));
});

/** The name of a file in the cache; undefined for files that are not kept. */
function keyOf({ url }: Request): string | undefined {
  const file = SET_FILE.exec(new URL(url).pathname);
  // The same file of another generation, host or query string.
  if (file) return `${origin}/.haven-chunks/${file[1]}`;
  return url.startsWith(`${origin}/`) || new URL(url).pathname.endsWith('/index.json') ? url : undefined;
}

/** Resolves when a file that the page has loaded is in the cache. */
async function keepLoaded(request: Request): Promise<void> {
  let work: Promise<unknown> | undefined;
  await respond(request, started => {
    work = started;
  });
  await work;
}

async function respond(request: Request, waitUntil: (work: Promise<unknown>) => void): Promise<Response> {
  const key = keyOf(request)!;
  const cache = await caches.open('haven-chunks');
  // A deep link has another query string than the page that was kept.
  const kept = await cache.match(key, { ignoreVary: true, ignoreSearch: request.mode === 'navigate' });
  const isFixed = SET_FILE.test(key) || (ASSETS !== undefined && key.startsWith(ASSETS));
  // The client asks past all caches if bytes are damaged.
  if (kept && isFixed && request.cache !== 'reload' && request.cache !== 'no-store') return kept;
  try {
    const response = await fetch(request);
    if (response.status >= 500 && kept) return kept;
    if (response.status === 200) waitUntil(keep(cache, key, response.clone()));
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function keep(cache: Cache, key: string, response: Response): Promise<void> {
  const isFull = await cache.put(key, response).then(
    () => false,
    // A response that was cut off has other errors.
    error => (error as DOMException).name === 'QuotaExceededError',
  );
  if (!isFull && (!SET_FILE.test(key) || added++ % BATCH > 0)) return;
  const estimate: StorageEstimate & { usageDetails?: { caches?: number } } =
    await navigator.storage.estimate();
  if (!isFull && (estimate.usageDetails?.caches ?? estimate.usage ?? 0) <= MAX_BYTES) return;
  const files = (await cache.keys()).filter(({ url }) => SET_FILE.test(url));
  await Promise.all(files.slice(0, Math.ceil(files.length / 4)).map(file => cache.delete(file)));
}

export {};
