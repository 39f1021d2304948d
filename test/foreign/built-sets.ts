/** Sets of the catalogues that every reader must read alike. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type BuildOptions, build } from '#pipeline/index.ts';
import { SETS } from '#test/foreign/sets.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** Builds sets in folders that are removed after the tests of the file that calls this. */
export function builtSets() {
  const { path: scratch, remove } = temporaryFolder();
  afterAll(remove);
  let folders = 0;
  const newFolder = () => {
    const folder = join(scratch, String(folders++));
    mkdirSync(folder);
    return folder;
  };

  const buildFile = async (file: string, options: BuildOptions = {}): Promise<string> => {
    const set = join(newFolder(), 'set');
    await build([file], set, { flush: false, ...options });
    return set;
  };

  const buildText = (text: string, options?: BuildOptions): Promise<string> => {
    const file = join(newFolder(), 'catalogue.json');
    writeFileSync(file, text);
    return buildFile(file, options);
  };

  const built = new Map<string, Promise<string>>();
  /** The set of a catalogue, built once. */
  const setOf = (name: string): Promise<string> => {
    const { text, options } = SETS[name]!;
    const set = built.get(name) ?? buildText(text, options);
    built.set(name, set);
    return set;
  };

  return { newFolder, buildFile, buildText, setOf };
}
