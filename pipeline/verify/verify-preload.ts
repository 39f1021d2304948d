/** Checks the contents that repeat other files: those in `index.json`, and the preload file. FORMAT.md, 23. */
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { type Packable, pack } from '#format/pack.ts';
import { packPreload, unpackContents, unpackPreload } from '#format/preload.ts';
import { nameContent, nameOf } from '#pipeline/store/set-writer.ts';
import { preloadPages, upperRoots, withContents } from '#pipeline/tasks/upper-pages.ts';
import type { CheckedReader } from './checked-reader.ts';

export async function verifyPreload(index: SetIndex, text: string, reader: CheckedReader): Promise<void> {
  for (const [hash, content] of unpackContents(index.contents))
    checkPage('index.json', hash, content, reader);
  const ref: FileRef | undefined = index.preload ? { kind: 'preload', ...index.preload } : undefined;
  if (ref) {
    const pages = await reader.decode(ref, unpackPreload);
    for (const [hash, content] of pages ?? []) checkPage(pathOf(ref), hash, content, reader);
  }
  // After another fault it is unknown what these contents should be.
  if (!reader.canonical || reader.problems.length > 0) return;
  const read = async (ref: FileRef) => pack((await reader.read(ref)) as Packable);
  const { contents: _contents, generation: _generation, ...rest } = index;
  if ((await withContents(rest, read)) !== text)
    reader.note('index.json', 'contents are not those of the small root pages of tables');
  const pages = await preloadPages(upperRoots(index), index.options.preload, read);
  const expected = pages.size > 0 ? nameContent.put('preload', packPreload(pages)) : undefined;
  if (ref?.hash !== expected?.hash) {
    const [found, right] = [ref, expected].map(file => (file ? pathOf(file) : 'null'));
    reader.note('index.json', `preload is ${found}, expected ${right}`);
  }
}

function checkPage(file: string, hash: string, content: Uint8Array, reader: CheckedReader): void {
  const found = nameOf('preload', content).hash;
  if (found !== hash) reader.note(file, `a page has the hash ${found}, expected ${hash}`);
}
