import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ProcessOutput } from 'zx';
import manifest from '../package.json' with { type: 'json' };
import { writeDeclarations } from './declarations.ts';
import { buildModules, PAGE_ENTRIES, SHARED, sourceOf } from './modules.ts';
import { buildViewer } from './viewer.ts';

// `npm run build`: the package as it is published, in dist/. All dependencies are bundled, so that an installation is
// one package: type declarations, the library as ES modules for bundlers, the client for pages without a bundler, the
// command, the map as static files, and the licences of bundled packages.

const root = fileURLToPath(new URL('..', import.meta.url));

await rm(join(root, 'dist'), { recursive: true, force: true });
try {
  await writeDeclarations(join(root, 'dist'));
} catch (error) {
  if (!(error instanceof ProcessOutput)) throw error;
  console.error(error.stdout);
  process.exit(1);
}

const modules = await buildModules(join(root, 'dist'));
const scripts = [
  await build({
    ...SHARED,
    entryPoints: PAGE_ENTRIES.map(path => ({ in: sourceOf(path), out: basename(path, '.js') })),
    outdir: 'dist/browser',
    chunkNames: '[name]-[hash].min',
    splitting: true,
    minify: true,
    platform: 'browser',
  }),
  await build({
    ...SHARED,
    entryPoints: ['client/service-worker.ts'],
    outdir: 'dist',
    format: 'iife',
    minify: true,
    platform: 'browser',
  }),
];
for (const file of Object.values(manifest.bin)) await chmod(join(root, file), 0o755);
await writeFile(
  join(root, 'dist/THIRD-PARTY-NOTICES.txt'),
  await notices([
    ...[modules, ...scripts.map(({ metafile }) => metafile)].flatMap(({ inputs }) => Object.keys(inputs)),
    ...(await buildViewer(join(root, 'dist/viewer'))).map(path => relative(root, path)),
  ]),
);

/**
 * The licences of the packages that are bundled.
 * @param inputs paths of the modules that are bundled
 */
async function notices(inputs: readonly string[]): Promise<string> {
  const folders = inputs.flatMap(
    input => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
  const texts = [...new Set(folders)].sort().map(async folder => {
    const { name, version, license, author } = JSON.parse(
      await readFile(join(root, folder, 'package.json'), 'utf8'),
    );
    const file = (await readdir(join(root, folder))).find(entry => /^licen[cs]e/i.test(entry));
    const text =
      file === undefined
        ? await licenceOf(name, license, author)
        : await readFile(join(root, folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  const head = 'haven-chunks contains parts of the following packages.\n';
  return [head, ...(await Promise.all(texts))].join(`\n${'-'.repeat(80)}\n\n`);
}

/** The licence of a package without a licence file: the text of the MIT licence, which this project has too. */
async function licenceOf(name: string, licence: unknown, author: unknown): Promise<string> {
  if (licence !== 'MIT') throw new Error(`${name} has no licence file: its notice is missing`);
  const text = await readFile(join(root, 'LICENSE'), 'utf8');
  const holder = typeof author === 'string' ? author : `the authors of ${name}`;
  return text.replace(/^Copyright .*$/m, `Copyright (c) ${holder}`);
}
