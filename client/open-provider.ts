import { httpGetter, httpSource } from './fetch/http-source.ts';
import { httpUrl } from './fetch/location.ts';
import type { Source } from './fetch/source.ts';
import type { FacetField } from './format/facets/facet-field.ts';
import { openSource } from './open-source.ts';
import { OPEN_OPTIONS, type OpenOptions } from './open-tileset.ts';
import { invalid } from './query/invalid.ts';
import { checkOptions, type OptionNames } from './query/options.ts';
import type { DataProvider, ProviderKind } from './query/provider.ts';

/** Options of `openProvider`. */
export interface ProviderOptions extends OpenOptions {
  /** Kind of the catalogue, if its location does not show it. */
  readonly kind?: ProviderKind | undefined;
  /** Fields that `search` looks at in JSON and SQLite; name, materials and attributes by default. */
  readonly searchFields?: readonly string[] | undefined;
  /** Facets of JSON and SQLite for `where`; those of a build without `--facets` by default. A chunk set has its own. */
  readonly facets?: readonly FacetField[] | undefined;
}

export const PROVIDER_OPTIONS: OptionNames<ProviderOptions> = {
  ...OPEN_OPTIONS,
  kind: 1,
  searchFields: 1,
  facets: 1,
};

/**
 * Opens a catalogue. A URL that ends in `.json` or `.ndjson`, with or without `.gz`, is read as JSON and held in
 * memory; any other address, and `index.json`, is opened as a chunk set.
 * @param location URL, or the source of a chunk set
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openProvider(
  location: string | URL | Source,
  options: ProviderOptions = {},
): Promise<DataProvider> {
  checkOptions(options, PROVIDER_OPTIONS);
  const isAddress = typeof location === 'string' || location instanceof URL;
  const { kind = isAddress ? kindOf(`${location}`) : 'chunks' } = options;
  if (kind === 'chunks')
    return openSource(isAddress ? httpSource(location, options.http) : location, options);
  if (kind !== 'json' || !isAddress) throw invalid('kind', kind, 'chunks, or json with a URL');
  const { fetchJson } = await import('./providers/json/fetch-json.ts');
  return fetchJson(httpUrl(location), httpGetter(options.http ?? {}), options);
}

function kindOf(address: string): ProviderKind {
  const path = address.replace(/[?#].*/s, '');
  return /\.(nd)?json(\.gz)?$/i.test(path) && !/(^|\/)index\.json$/.test(path) ? 'json' : 'chunks';
}
