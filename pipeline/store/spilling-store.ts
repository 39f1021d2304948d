import { copyOf, memoryStore } from './memory-store.ts';
import type { Store } from './store.ts';

/**
 * A store that keeps its first files in memory, up to `bytes` bytes, and all others in the store `beyond`. Each file is in
 * memory while it is written.
 */
export function spillingStore(beyond: Store, bytes: number): Store {
  const memory = memoryStore(beyond.location);
  let held = 0;
  const heldOf = async (path: string) => (await memory.get(path))?.length;
  return {
    location: beyond.location,
    async get(path, options) {
      return (await memory.get(path, options)) ?? beyond.get(path, options);
    },
    async put(path, content, options = {}) {
      const file = content instanceof Uint8Array ? content : await copyOf(content, options.signal);
      const before = await heldOf(path);
      // Conditional writes of other files go to the other store, which can compare.
      const mayStay = options.ifMatch === undefined && options.ifNoneMatch === undefined;
      if (before === undefined && !(mayStay && held + file.length <= bytes))
        return beyond.put(path, file, options);
      const more = file.length - (before ?? 0);
      held += more;
      try {
        await memory.put(path, file, options);
      } catch (error) {
        held -= more;
        throw error;
      }
    },
    async *list(prefix, options) {
      yield* memory.list(prefix, options);
      for await (const file of beyond.list(prefix, options)) if (!(await memory.get(file.path))) yield file;
    },
    async delete(path, options) {
      const before = await heldOf(path);
      await memory.delete(path, options);
      held -= before ?? 0;
      await beyond.delete(path, options);
    },
  };
}
