/** Reads and checks `index.json`. */

import { CorruptError, type ErrorFields, NotFoundError, VersionError } from '#client/errors.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { hex } from '#format/file-ref.ts';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  MAX_INDEX_BYTES,
  type SetIndex,
  withoutGeneration,
} from '#format/index-json.ts';
import { faultOf } from '#format/validate-index.ts';
import type { Codec } from './file-reader.ts';
import type { Source } from './source.ts';

/**
 * Reads the index of a set, or asks the origin whether an earlier copy is current; requests it a second time if it is
 * damaged.
 * @throws NotFoundError if there is none, CorruptError if it is damaged or malformed, VersionError if its version is
 *   newer, NetworkError
 */
export async function readIndex(
  source: Source,
  sha256: Codec['sha256'],
  { signal, usage }: QueryOptions,
): Promise<{ index: SetIndex; text: string; bytes: number }> {
  for (let attempt = 1; ; attempt++) {
    const revalidate = attempt === 1;
    const maxBytes = 8 * MAX_INDEX_BYTES;
    const bytes = await source.get('index.json', { signal, fresh: true, revalidate, maxBytes });
    if (usage) {
      usage.requests++;
      usage.roundTrips++;
      usage.bytes += bytes?.length ?? 0;
    }
    if (!bytes) {
      throw new NotFoundError(
        `${source.location} is not a chunk set: it has no index.json; check the location`,
        { file: 'index.json' },
      );
    }
    try {
      const text = new TextDecoder().decode(bytes);
      return { index: await parseIndex(text, source.location, sha256), text, bytes: bytes.length };
    } catch (error) {
      if (attempt > 1 || !(error instanceof CorruptError)) throw error;
      signal?.throwIfAborted();
    }
  }
}

async function parseIndex(text: string, location: string, sha256: Codec['sha256']): Promise<SetIndex> {
  const corrupt = (message: string, fields: ErrorOptions & ErrorFields) =>
    new CorruptError(`index.json of ${location} ${message}`, { file: 'index.json', ...fields });
  let index: Partial<SetIndex> | null;
  try {
    index = JSON.parse(text);
  } catch (cause) {
    const reason = /^\s*</.test(text) ? 'an HTML page, perhaps of a single-page app or an error' : 'not JSON';
    throw corrupt(`is ${reason}; check the location, or publish the set again`, { reason, cause });
  }
  if (index?.format !== FORMAT_NAME) {
    throw new NotFoundError(
      `${location} is not a chunk set: its index.json has another format; check the location`,
      {
        file: 'index.json',
        expected: FORMAT_NAME,
        found: index?.format,
      },
    );
  }
  const { version } = index;
  if (Number.isInteger(version) && version! > FORMAT_VERSION) {
    throw new VersionError(
      `${location} has format version ${version}, this reader supports ${FORMAT_VERSION}: upgrade haven-chunks`,
      version!,
      FORMAT_VERSION,
    );
  }
  const fault = faultOf(index);
  if (fault) {
    const { member, expected, found } = fault;
    const is = found === undefined ? 'is missing' : `is ${JSON.stringify(found).slice(0, 80)}`;
    const reason = `${member} ${is}, expected ${expected}`;
    throw corrupt(`is malformed: ${reason}; build the set again`, { reason, expected, found });
  }
  const expected = index.generation!;
  const digest = await sha256(new TextEncoder().encode(withoutGeneration(text, expected)));
  const found = hex(digest);
  if (found !== expected) {
    const reason = `its generation is ${expected}, that of its content ${found}`;
    throw corrupt(`was changed: ${reason}; publish the set again`, { reason, expected, found });
  }
  return index as SetIndex;
}
