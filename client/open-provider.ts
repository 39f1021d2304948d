import { ArgumentError } from './errors.ts';
import { httpUrl } from './location.ts';
import { checkOptions } from './options.ts';
import type { DataProvider, ProviderKind } from './provider.ts';
import type { Source } from './source.ts';
import { type HttpOptions, httpGetter, httpSource } from './sources/http.ts';
import { openSource, type TilesetOptions } from './tileset.ts';

export interface ProviderOptions extends TilesetOptions {
  /** How to fetch, where the location is an address. */
  readonly http?: HttpOptions | undefined;
  /** What the location holds, where it does not show. */
  readonly kind?: ProviderKind | undefined;
  /** Fields that a provider other than a chunk set searches; name, materials and attributes by default. */
  readonly searchFields?: readonly string[] | undefined;
}

/**
 * Opens a catalogue: JSON (or NDJSON, or gzip of either) where the address ends so, but for `index.json`; else a
 * chunk set.
 * @param location an address, or the source of a chunk set
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openProvider(
  location: string | URL | Source,
  options: ProviderOptions = {},
): Promise<DataProvider> {
  checkOptions('open', options);
  const isAddress = typeof location === 'string' || location instanceof URL;
  const { kind = isAddress ? kindOf(`${location}`) : 'chunks' } = options;
  if (kind === 'chunks')
    return openSource(isAddress ? httpSource(location, options.http) : location, options);
  if (kind !== 'json' || !isAddress) {
    throw new ArgumentError(
      `a provider of kind "${kind}" cannot be opened here: give an address of JSON or chunks`,
    );
  }
  const { fetchJson } = await import('./providers/fetch-json.ts');
  return fetchJson(httpUrl(location), httpGetter(options.http ?? {}), options);
}

function kindOf(address: string): ProviderKind {
  const path = address.replace(/[?#].*/s, '');
  return /\.(nd)?json(\.gz)?$/i.test(path) && !/(^|\/)index\.json$/.test(path) ? 'json' : 'chunks';
}
