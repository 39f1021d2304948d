/** Updates of sets in memory: what `updateTileset` does between reading the edits and installing the files. */
import { memorySource } from '#client/node/index.ts';
import type { SetIndex } from '#format/index.ts';
import { type Edit, memoryStore } from '#pipeline/index.ts';
import { EditedFiles } from '#pipeline/update/edited-files.ts';
import { NextGeneration } from '#pipeline/update/next-generation.ts';

type Files = ReadonlyMap<string, Uint8Array>;

/** The files of a set and of its next generation, whose index it has. */
export async function updated(files: Files, edits: readonly Edit[]): Promise<Map<string, Uint8Array>> {
  const index = JSON.parse(new TextDecoder().decode(files.get('index.json'))) as SetIndex;
  const staged = memoryStore();
  const edited = new EditedFiles(memorySource(files), staged, index);
  const next = new NextGeneration(index, edited, undefined);
  const resolved = await next.resolve(edits, {
    onConflict: () => {},
    onRefused: ({ reason }) => {
      throw new Error(reason);
    },
  });
  const text = await next.write(resolved);
  await edited.settle();
  const result = new Map(files);
  for (const path of edited.written.keys()) result.set(path, (await staged.get(path))!);
  if (text !== undefined) result.set('index.json', new TextEncoder().encode(text));
  return result;
}
