import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { oneSchemaLibrary } from './one-schema-library.ts';

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** Returns the edge worker of client/README.md as one module, for the set at a URL. */
export async function edgeWorker(set: string): Promise<string> {
  const document = await readFile(pathOf('client/README.md'), 'utf8');
  const code = /^```ts\n([^`]*export default restApi\([^`]*)^```/m.exec(document)![1]!;
  const { outputFiles } = await build({
    stdin: { contents: code.replace('https://example.org/stars/', set), resolveDir: pathOf('.') },
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
