import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The files of a folder and of those below it, as paths with `/`; links are not followed. Names are read as they are
 * taken: memory does not grow with the folder.
 * @throws the file system's errors
 */
export async function* listFiles(directory: string, prefix = ''): AsyncGenerator<string, void, undefined> {
  for await (const entry of await opendir(join(directory, prefix))) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) yield* listFiles(directory, `${path}/`);
    else yield path;
  }
}
