import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { build, type InlineConfig, type Rolldown } from 'vite';

// The map as static files with relative addresses: it works below any path, and under a strict content security policy.

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folder of the scripts and styles, beside index.html. */
export const MAP_ASSETS = 'map';

const config: InlineConfig = {
  root: join(root, 'client/viewer'),
  configFile: false,
  envDir: false,
  base: './',
  publicDir: false,
  logLevel: 'warn',
  build: {
    target: 'es2022',
    assetsDir: MAP_ASSETS,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    emptyOutDir: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    // One script: a map needs all of it at once.
    rolldownOptions: { output: { codeSplitting: false } },
  },
};

/**
 * Builds the map into a folder, which it empties first.
 * @returns paths of the modules that it bundles, for their licences
 */
export async function buildViewer(folder: string): Promise<string[]> {
  const result = await build({ ...config, build: { ...config.build, outDir: folder } });
  // The page can open without a network: the worker lies beside it, because it controls pages of its folder only.
  await bundle({
    entryPoints: [join(root, 'client/service-worker.ts')],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'warning',
  });
  const outputs = (Array.isArray(result) ? result : [result]) as Rolldown.RolldownOutput[];
  return outputs.flatMap(({ output }) =>
    output.flatMap(file => (file.type === 'chunk' ? file.moduleIds : [])),
  );
}

if (import.meta.filename === process.argv[1]) await buildViewer(join(root, 'dist/viewer'));
