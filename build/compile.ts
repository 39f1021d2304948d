import { chmod, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { ProcessOutput } from 'zx';
import manifest from '../package.json' with { type: 'json' };
import { writeDeclarations } from './declarations.ts';
import { oneSchemaLibrary } from './one-schema-library.ts';
import { buildViewer } from './viewer.ts';

// `npm run build`: the package as it is published, in dist/. All dependencies are bundled, so that an installation is
// one package: type declarations, the library as ES modules for bundlers, the client for pages without a bundler, the
// command, the map as static files, and the licences of bundled packages.

const root = fileURLToPath(new URL('..', import.meta.url));

const library = Object.values(manifest.exports).flatMap(entry =>
  typeof entry === 'string' ? [] : [entry.default],
);
const [page, modules] = [library.filter(isPage), library.filter(path => !isPage(path))];

await rm(join(root, 'dist'), { recursive: true, force: true });
try {
  await writeDeclarations(join(root, 'dist'));
} catch (error) {
  if (!(error instanceof ProcessOutput)) throw error;
  console.error(error.stdout);
  process.exit(1);
}

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  // Optional packages are not bundled: whoever needs one installs it.
  external: Object.keys(manifest.peerDependencies),
  metafile: true,
  logLevel: 'warning',
};
/** Without blanks and comments code is a third smaller. Names stay for stack traces, lines for messages that show one. */
const COMPACT: BuildOptions = { minifyWhitespace: true, minifySyntax: true, lineLimit: 240 };
const built = [
  // One build for the library, the command and the files of worker threads: shared code is one module, so that it is
  // in the package once, and `instanceof` works across entries.
  await build({
    ...shared,
    ...COMPACT,
    entryPoints: [
      ...modules.map(path => ({ in: sourceOf(path), out: path.replace(/^\.\/dist\/|\.js$/g, '') })),
      { in: 'pipeline/cli.ts', out: 'cli' },
      { in: 'pipeline/run/worker.ts', out: 'worker' },
      { in: 'pipeline/export/database-worker.ts', out: 'db-worker' },
      { in: 'pipeline/cli/verify-worker.ts', out: 'verify-worker' },
    ],
    outdir: 'dist',
    chunkNames: 'shared/[name]-[hash]',
    splitting: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', ...Object.keys(manifest.peerDependencies)],
    plugins: [nodeBuiltins(), oneSchemaLibrary()],
  }),
  await build({
    ...shared,
    entryPoints: page.map(path => ({ in: sourceOf(path), out: basename(path, '.js') })),
    outdir: 'dist/browser',
    chunkNames: '[name]-[hash].min',
    splitting: true,
    minify: true,
    platform: 'browser',
  }),
  await build({
    ...shared,
    entryPoints: ['client/service-worker.ts'],
    outdir: 'dist',
    format: 'iife',
    minify: true,
    platform: 'browser',
  }),
];
await writeFile(
  join(root, 'dist/nearby-stars.json.gz'),
  gzipSync(await readFile(join(root, 'data/nearby-stars.json')), { level: 9 }),
);
await copyFile(join(root, 'pipeline/engine/engine.wasm'), join(root, 'dist/engine.wasm'));
for (const file of Object.values(manifest.bin)) await chmod(join(root, file), 0o755);
await writeFile(
  join(root, 'dist/THIRD-PARTY-NOTICES.txt'),
  await notices([
    ...built.flatMap(({ metafile }) => Object.keys(metafile!.inputs)),
    ...(await buildViewer(join(root, 'dist/viewer'))).map(path => relative(root, path)),
  ]),
);

/** Whether an entry is the client for pages without a bundler. */
function isPage(path: string): boolean {
  return path.includes('/browser/');
}

/** The source of an entry of package.json. */
function sourceOf(path: string): string {
  const [, name] = /\/browser\/(.+)\.min\.js$/.exec(path) ?? [];
  if (name !== undefined) return `client/${name === 'haven-chunks' ? 'index' : name}.ts`;
  return path.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
}

/**
 * Plugin for modules of Node that packages import without `node:`, or with `require`, which ES modules do not have.
 */
function nodeBuiltins(): Plugin {
  const names =
    'assert|buffer|child_process|crypto|events|fs|os|path|stream|string_decoder|url|util|worker_threads|zlib';
  return {
    name: 'node-builtins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^(node:)?(${names})$`) }, ({ path, kind }) =>
        kind === 'require-call'
          ? { path: path.replace(/^node:/, ''), namespace: 'builtin' }
          : { path: path.replace(/^(node:)?/, 'node:'), external: true },
      );
      onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule('node:${path}');`,
        loader: 'js',
      }));
    },
  };
}

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
