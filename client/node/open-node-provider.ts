import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ArgumentError } from '#client/errors.ts';
import type { Source } from '#client/fetch/source.ts';
import {
  openProvider as openAnywhere,
  PROVIDER_OPTIONS,
  type ProviderOptions,
} from '#client/open-provider.ts';
import { openSource } from '#client/open-source.ts';
import { isSqlite } from '#client/providers/sqlite/node-sqlite.ts';
import { checkOptions } from '#client/query/options.ts';
import { type DataProvider, PROVIDER_KINDS, type ProviderKind } from '#client/query/provider.ts';
import { readCatalogueFile, unreadableFile } from './catalogue-file.ts';
import { folderSource } from './folder-source.ts';
import { nodeCodec } from './node-codec.ts';
import { existingLocation } from './node-location.ts';

/**
 * Opens a catalogue. A folder or an `index.json` is opened as a chunk set; any other file as an SQLite database or as
 * JSON (NDJSON, gzip of either), by its content. An http(s) address that ends in `.json` or `.ndjson`, with or
 * without `.gz`, is JSON, any other a chunk set. The option `kind`, or else the environment variable
 * `HAVEN_PROVIDER`, overrides this.
 * @param location path or URL (file, http, https), or the source of a chunk set
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openProvider(
  location: string | URL | Source,
  options: ProviderOptions = {},
): Promise<DataProvider> {
  checkOptions(options, PROVIDER_OPTIONS);
  options.signal?.throwIfAborted();
  const isPlace = typeof location === 'string' || location instanceof URL;
  const place = isPlace ? existingLocation(location) : location;
  const wanted =
    checkKind('kind', options.kind) ?? checkKind('HAVEN_PROVIDER', process.env['HAVEN_PROVIDER']);
  if (typeof place !== 'string') return openAnywhere(place, { codec: nodeCodec, ...options, kind: wanted });
  const path = place;
  const kind = wanted ?? (await kindOf(path));
  if (kind === 'chunks') return openSource(folderSource(path), { codec: nodeCodec, ...options });
  const { searchFields, facets } = options;
  const { standardFold } = await import('#client/providers/standard-fold.ts');
  if (kind === 'sqlite') {
    const { sqliteProvider } = await import('#client/providers/sqlite/sqlite-provider.ts');
    return sqliteProvider(path, { fold: standardFold(), searchFields, facets });
  }
  const { jsonProvider } = await import('#client/providers/json/json-provider.ts');
  const { content } = await readCatalogueFile(path, options.signal);
  return jsonProvider(content, { fold: standardFold(), searchFields, facets, location: path });
}

/** @throws ArgumentError */
function checkKind(setting: string, kind: string | undefined): ProviderKind | undefined {
  if (kind === undefined || kind === '') return undefined;
  if ((PROVIDER_KINDS as readonly string[]).includes(kind)) return kind as ProviderKind;
  throw new ArgumentError(`${setting} is "${kind}"; give one of ${PROVIDER_KINDS.join(', ')}`, {
    expected: PROVIDER_KINDS,
    found: kind,
  });
}

const isIndex = (path: string) => basename(path) === 'index.json';

async function kindOf(path: string): Promise<ProviderKind> {
  try {
    if (isIndex(path) || (await stat(path)).isDirectory()) return 'chunks';
    return (await isSqlite(path)) ? 'sqlite' : 'json';
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
}
