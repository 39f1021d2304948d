import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { FilesOptions } from '#client/fetch/files.ts';
import { oneSchemaLibrary } from './one-schema-library.ts';

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

/**
 * Returns the edge worker of client/README.md as one module, for the set at a URL.
 * @param options options with which the worker opens the set
 */
export async function edgeWorker(set: string, options: FilesOptions = {}): Promise<string> {
  const document = await readFile(pathOf('client/README.md'), 'utf8');
  const code = /^```ts\n([^`]*export default restApi\([^`]*)^```/m.exec(document)![1]!;
  const opened = `'${set}', ${JSON.stringify(options)}`;
  const { outputFiles } = await build({
    stdin: { contents: code.replace("'https://example.org/stars/'", opened), resolveDir: pathOf('.') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    alias: {
      'haven-chunks/rest': pathOf('client/rest/index.ts'),
      'haven-chunks': pathOf('client/index.ts'),
    },
    plugins: [oneSchemaLibrary()],
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
