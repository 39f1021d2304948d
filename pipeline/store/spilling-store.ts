import { copyOf, memoryStore } from './memory-store.ts';
import type { Store } from './store.ts';

/**
 * A store that keeps its first files in memory, up to `bytes` bytes, and all others in the store `beyond`. Each file is in
 * memory while it is written.
 */
export function spillingStore(beyond: Store, bytes: number): Store {
  const memory = memoryStore(beyond.location);
  let held = 0;
  return {
    location: beyond.location,
    async get(path, options) {
      return (await memory.get(path, options)) ?? beyond.get(path, options);
    },
    async put(path, content, options = {}) {
      const isHeld = (await memory.get(path)) !== undefined;
      // Conditional writes go to the other store, which can compare.
      const mayStay = options.ifMatch === undefined && options.ifNoneMatch === undefined;
      const file = content instanceof Uint8Array ? content : await copyOf(content, options.signal);
      const fits = mayStay && held + file.length <= bytes;
      if (fits) held += file.length;
      await (isHeld || fits ? memory : beyond).put(path, file, options);
    },
    async *list(prefix) {
      yield* memory.list(prefix);
      for await (const file of beyond.list(prefix)) if (!(await memory.get(file.path))) yield file;
    },
    async delete(path, options) {
      await memory.delete(path, options);
      await beyond.delete(path, options);
    },
  };
}
