/** The modules of the package for Node, as they are published: the library, the command, and files of worker threads. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import { oneSchemaLibrary } from './one-schema-library.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const library = Object.values(manifest.exports).flatMap(entry =>
  typeof entry === 'string' ? [] : [entry.default],
);

/** Entries of package.json for pages without a bundler. */
export const PAGE_ENTRIES = library.filter(isPage);

export const SHARED = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  // Optional packages are not bundled: whoever needs one installs it.
  external: Object.keys(manifest.peerDependencies),
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;
/** Without blanks and comments code is a third smaller. Names stay for stack traces, lines for messages that show one. */
const COMPACT: BuildOptions = { minifyWhitespace: true, minifySyntax: true, lineLimit: 240 };

/**
 * Imports without names. esbuild adds them for modules that another bundle needs: a query would load 17 files that it does
 * not use, and the thread of a database 24 of 33. Our modules do nothing when they are loaded.
 */
const BARE_IMPORTS = /import"\.{1,2}\/[^"]+";\n?/g;

/**
 * Writes the modules, and the files beside them that the command needs.
 * @param dist the folder `dist` of the package
 * @returns what is bundled
 */
export async function buildModules(dist: string): Promise<Metafile> {
  // One build for the library, the command and the files of worker threads: shared code is one module, so that it is
  // in the package once, and `instanceof` works across entries.
  const { metafile, outputFiles } = await build({
    ...SHARED,
    ...COMPACT,
    entryPoints: [
      ...library
        .filter(path => !isPage(path))
        .map(path => ({ in: sourceOf(path), out: path.replace(/^\.\/dist\/|\.js$/g, '') })),
      { in: 'pipeline/cli.ts', out: 'cli' },
      { in: 'pipeline/run/worker.ts', out: 'worker' },
      { in: 'pipeline/export/database-worker.ts', out: 'db-worker' },
      { in: 'pipeline/cli/verify-worker.ts', out: 'verify-worker' },
    ],
    outdir: dist,
    chunkNames: 'shared/[name]-[hash]',
    splitting: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', ...Object.keys(manifest.peerDependencies)],
    plugins: [nodeBuiltins(), oneSchemaLibrary()],
    write: false,
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text.replaceAll(BARE_IMPORTS, ''));
  }
  const stars = await readFile(join(root, 'data/nearby-stars.json'), 'utf8');
  await writeFile(join(dist, 'nearby-stars.json.gz'), gzipSync(stars, { level: 9 }));
  await copyFile(join(root, 'pipeline/engine/engine.wasm'), join(dist, 'engine.wasm'));
  return metafile!;
}

/** Whether an entry is the client for pages without a bundler. */
function isPage(path: string): boolean {
  return path.includes('/browser/');
}

/** The source of an entry of package.json. */
export function sourceOf(path: string): string {
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
