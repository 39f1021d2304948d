/** Reads and checks `index.json`. */
import { CorruptError, NotFoundError, VersionError } from './errors.ts';
import type { Codec } from './files.ts';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  MAX_INDEX_BYTES,
  type SetIndex,
  withoutGeneration,
} from './format/index-json.ts';
import type { Source } from './source.ts';

/**
 * The index of the set at a source.
 * @throws NotFoundError where there is none, CorruptError where it is none or was altered, VersionError where it is
 *   of a newer version, NetworkError
 */
export async function readIndex(
  source: Source,
  sha256: Codec['sha256'],
  signal: AbortSignal | undefined,
): Promise<{ index: SetIndex; text: string; bytes: number }> {
  const bytes = await source.get('index.json', { signal, fresh: true, maxBytes: 8 * MAX_INDEX_BYTES });
  if (!bytes) {
    throw new NotFoundError(
      `${source.location} holds no chunk set: there is no index.json; check the location`,
    );
  }
  const text = new TextDecoder().decode(bytes);
  const index = parseIndex(text, source.location);
  const digest = await sha256(new TextEncoder().encode(withoutGeneration(text, index.generation)));
  const generation = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
  if (generation !== index.generation) {
    throw new CorruptError(
      `index.json of ${source.location} was altered: its generation is ${index.generation}, its content's ${generation}`,
    );
  }
  return { index, text, bytes: bytes.length };
}

function parseIndex(text: string, location: string): SetIndex {
  let index: Partial<SetIndex> | null;
  try {
    index = JSON.parse(text);
  } catch (cause) {
    const page = /^\s*</.test(text) ? 'an HTML page, perhaps of a single-page app or an error' : 'no JSON';
    throw new CorruptError(
      `index.json of ${location} is ${page}; check the location, or publish the set again`,
      { cause },
    );
  }
  if (index?.format !== FORMAT_NAME || !Number.isInteger(index.version)) {
    throw new NotFoundError(
      `${location} holds no chunk set: its index.json is something else; check the location`,
    );
  }
  if (index.version! > FORMAT_VERSION) {
    throw new VersionError(
      `${location} is of format version ${index.version}, and this reader knows ${FORMAT_VERSION}: upgrade haven-chunks`,
      index.version!,
      FORMAT_VERSION,
    );
  }
  return index as SetIndex;
}
