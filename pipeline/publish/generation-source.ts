/** Reads a kept generation of a set in place of the live one. */
import { readIndex } from '#client/fetch/read-index.ts';
import type { Source } from '#client/fetch/source.ts';
import { nodeCodec } from '#client/node/node-codec.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { Store } from '#pipeline/store/store.ts';
import { generationPath } from './ledger.ts';
import { INDEX_FILE } from './live-set.ts';

const DIGITS = 64;
const LEAST_DIGITS = 4;

/**
 * Returns a source of the same files, whose `index.json` is that of a generation.
 * @param set a store; a source that is not one cannot be listed, so it needs all digits
 * @param generation a kept generation or the live one, or its first 4 digits at least; `get` of the index throws a
 *   UsageError if there is none
 */
export function generationSource(set: Source | Store, generation: string): Source {
  const location = `${set.location}@${generation}`;
  return {
    location,
    async get(path, options) {
      if (path !== INDEX_FILE) return set.get(path, options);
      const isWhole = generation.length === DIGITS;
      const index = isWhole ? await set.get(generationPath(generation), options) : undefined;
      if (index) return index;
      const {
        index: { generation: live },
        text,
      } = await readIndex(set, nodeCodec.sha256, { signal: options?.signal });
      // Not read again: it may be another one by then.
      const liveIndex = new TextEncoder().encode(text);
      if (generation === live) return liveIndex;
      if (!('list' in set)) {
        const reason = isWhole
          ? 'it is not kept'
          : `generations at a URL cannot be listed; give all ${DIGITS} digits`;
        throw new UsageError(`${location} cannot be read: ${reason}`, { reason, found: generation });
      }
      const kept = new Set([live]);
      for await (const { path } of set.list('generations/', { signal: options?.signal })) {
        const [, name] = /^generations\/([0-9a-f]{64})\.json$/.exec(path) ?? [];
        if (name !== undefined) kept.add(name);
      }
      const name = findGeneration(generation, kept, set.location);
      return name === live ? liveIndex : set.get(generationPath(name), options);
    },
  };
}

/**
 * Returns the kept generation that begins with some digits.
 * @throws UsageError that lists the generations that can be given
 */
export function findGeneration(prefix: string, kept: Iterable<string>, location: string): string {
  const known = [...kept];
  const found = known.filter(name => name.startsWith(prefix));
  if (prefix.length >= LEAST_DIGITS && found.length === 1) return found[0]!;
  const reason =
    prefix.length < LEAST_DIGITS
      ? `is too short: give at least ${LEAST_DIGITS} digits`
      : found.length > 1
        ? 'is the beginning of several'
        : 'is not kept';
  const names = known.map(name => name.slice(0, 12)).join(', ');
  throw new UsageError(`generation "${prefix}" of ${location} ${reason}; kept generations: ${names}`, {
    ...{ expected: known, found: prefix },
  });
}
