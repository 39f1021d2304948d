/** Fetches a catalogue in JSON from a server. */
import { CorruptError, NotFoundError } from '#client/errors.ts';
import type { HttpGetter } from '#client/fetch/http-source.ts';
import { standardFold } from '#client/providers/standard-fold.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { type JsonProvider, jsonProvider } from './json-provider.ts';

export interface FetchOptions extends QueryOptions {
  readonly searchFields?: readonly string[] | undefined;
  readonly facets?: readonly FacetField[] | undefined;
}

/**
 * Fetches a catalogue, plain or in gzip; one request.
 * @throws NotFoundError, CorruptError, NetworkError
 */
export async function fetchJson(
  url: URL,
  get: HttpGetter,
  { signal, usage, searchFields, facets }: FetchOptions,
): Promise<JsonProvider> {
  const location = url.origin + url.pathname;
  const bytes = await get(url, location, { signal, fresh: true });
  if (!bytes) throw new NotFoundError(`${location} does not exist: check the URL`, { file: `${location}` });
  if (usage) {
    usage.requests++;
    usage.roundTrips++;
    usage.bytes += bytes.length;
  }
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = zipped ? await gunzip(bytes, location) : bytes;
  return jsonProvider(content, { fold: standardFold(), searchFields, facets, location });
}

async function gunzip(bytes: Uint8Array, location: string): Promise<Uint8Array> {
  try {
    const stored = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const plain = stored.pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch (cause) {
    throw new CorruptError(`${location} is truncated or corrupt gzip data: fetch it again`, {
      file: `${location}`,
      cause,
    });
  }
}
