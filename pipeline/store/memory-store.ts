import { memorySource } from '#client/fetch/memory-source.ts';
import { checkPath } from '#client/fetch/source.ts';
import { ConflictError } from '#pipeline/errors.ts';
import type { Content, Store } from './store.ts';

/** Returns a store in memory, for small builds and tests. */
export function memoryStore(location = 'memory'): Store {
  const files = new Map<string, Uint8Array>();
  const writes = new Map<string, { readonly etag: string; readonly modified: number }>();
  let count = 0;
  const source = memorySource(files, location);
  return {
    location,
    async get(path, options = {}) {
      const bytes = await source.get(path, options);
      const { range } = options;
      return range ? bytes?.subarray(range.offset, range.offset + range.length) : bytes;
    },
    async put(path, content, { ifMatch, ifNoneMatch, signal } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      const bytes = await copyOf(content, signal);
      if (ifNoneMatch && files.has(path))
        throw new ConflictError(`${path} of ${location} exists already`, { file: path });
      if (ifMatch !== undefined && writes.get(path)?.etag !== ifMatch) {
        throw new ConflictError(`${path} of ${location} was changed by another writer`, { file: path });
      }
      files.set(path, bytes);
      writes.set(path, { etag: `${++count}`, modified: Date.now() });
    },
    async *list(prefix, { signal } = {}) {
      for (const [path, { length }] of [...files]) {
        signal?.throwIfAborted();
        const write = writes.get(path);
        if (write && path.startsWith(prefix)) yield { path, size: length, ...write };
      }
    },
    async delete(path, { signal } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      files.delete(path);
      writes.delete(path);
    },
  };
}

/** A copy, since the writer may reuse its buffer. */
export async function copyOf(content: Content, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const parts: Uint8Array[] = [];
  for await (const part of content) {
    signal?.throwIfAborted();
    parts.push(new Uint8Array(part));
  }
  return new Uint8Array(Buffer.concat(parts));
}
