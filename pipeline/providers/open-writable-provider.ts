import { openProvider, type ProviderOptions, standardFold } from '#client/node/index.ts';
import { parseLocation, setFolder } from '#client/node/node-location.ts';
import { jsonProvider } from '#client/providers/json/json-provider.ts';
import type { DataProvider, WritableProvider } from '#client/query/provider.ts';
import { Tileset } from '#client/tileset.ts';
import { UsageError } from '#pipeline/errors.ts';
import { JsonWriter } from './json-writer.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { TilesetWriter } from './tileset-writer.ts';
import { WritableCatalogue } from './writable-catalogue.ts';

/**
 * Opens a catalogue that can be changed: the folder of a chunk set, an SQLite database in Haven's schema, or a JSON file.
 * The kind is detected as by `openProvider`.
 *
 * - Chunk set: each edit makes the next generation (`updateTileset`), so many edits at once are cheaper by `update`. Readers
 *   elsewhere see it when they refresh; a set that is served from another place must be published.
 * - SQLite: an edit is one transaction; other connections may read and write at the same time. A field without a column
 *   adds one. A value that the database cannot hold, such as an array, is an InputError.
 * - JSON, also NDJSON and gzip: each edit reads and writes the whole file, and changes only the text of its system. Queries
 *   see the file as it was at the last edit, or when it was opened.
 * @param location path of the catalogue
 * @throws UsageError for a URL; NotFoundError, CorruptError, NetworkError, ArgumentError
 */
export async function openWritableProvider(
  location: string | URL,
  options: ProviderOptions = {},
): Promise<WritableProvider> {
  const path = parseLocation(location);
  if (path instanceof URL) {
    throw new UsageError(
      `${path.origin}${path.pathname} is on a server, which takes no edits: edit the file or folder from which it is published, then publish it`,
      { file: path.href },
    );
  }
  const provider = await openProvider(path, options);
  if (provider instanceof Tileset) {
    const writer = new TilesetWriter(setFolder(path), provider);
    return new WritableCatalogue({ reader: () => writer.tileset, writer });
  }
  if (provider.kind === 'sqlite')
    return new WritableCatalogue({ reader: () => provider, writer: new SqliteWriter(path) });
  const { searchFields, facets } = options;
  let reader: DataProvider = provider;
  const writer = new JsonWriter(path, content => {
    reader = jsonProvider(content, { fold: standardFold(), searchFields, facets, location: path });
  });
  return new WritableCatalogue({ reader: () => reader, writer });
}
