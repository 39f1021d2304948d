import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../..', import.meta.url));

let metafile: Metafile;
/** Bytes of a bundle's files, minified and gzipped, by path. */
const sizes = new Map<string, number>();

/** The files that load with a module: its own, and its static imports. */
function loadedWith(entry: string): Set<string> {
  const files = new Set<string>();
  const load = (path: string) => {
    if (files.has(path)) return;
    files.add(path);
    for (const { kind, path: next } of metafile.outputs[path]!.imports)
      if (kind === 'import-statement') load(next);
  };
  load(Object.keys(metafile.outputs).find(path => metafile.outputs[path]!.entryPoint === entry)!);
  return files;
}

function sizeOf(files: Iterable<string>): number {
  return [...files].reduce((sum, file) => sum + sizes.get(file)!, 0);
}

const OPTIONS = {
  absWorkingDir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  write: false,
  logLevel: 'silent',
} as const;

beforeAll(async () => {
  const built = await build({
    ...OPTIONS,
    entryPoints: ['client/index.ts'],
    splitting: true,
    outdir: 'out',
    metafile: true,
  });
  metafile = built.metafile;
  for (const { path, contents } of built.outputFiles)
    sizes.set(path.slice(folder.length), gzipSync(contents, { level: 9 }).length);
});

describe('the client in a browser', () => {
  it('has at most 18.2 kB in one file for opening, spheres, nearest systems and details', async () => {
    const built = await build({
      ...OPTIONS,
      stdin: { contents: "export { openTileset } from './client/index.ts';", resolveDir: folder },
      // Modules that are loaded on first use stay outside.
      plugins: [
        {
          name: 'late',
          setup({ onResolve }) {
            onResolve({ filter: /./ }, ({ kind, path }) =>
              kind === 'dynamic-import' ? { path, external: true } : undefined,
            );
          },
        },
      ],
    });
    expect(built.outputFiles).toHaveLength(1);
    expect(gzipSync(built.outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(18_200);
  });

  it('has at most 43.2 kB in one file for all that a chunk set answers, hashes for pages of plain http included', async () => {
    const built = await build({
      ...OPTIONS,
      stdin: { contents: "export { openTileset } from './client/index.ts';", resolveDir: folder },
    });
    expect(built.outputFiles).toHaveLength(1);
    expect(gzipSync(built.outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(43_200);
  });

  it('has at most 25.3 kB to load where a bundler splits it, decoder included', () => {
    expect(sizeOf(loadedWith('client/index.ts'))).toBeLessThanOrEqual(25_300);
  });

  it('loads at most 15.2 kB more at the first question about names, ids, regions or texts', () => {
    const start = loadedWith('client/index.ts');
    const more = [...loadedWith('client/btree/table-queries.ts')].filter(file => !start.has(file));
    expect(sizeOf(more)).toBeGreaterThan(0);
    expect(sizeOf(more)).toBeLessThanOrEqual(15_200);
  });

  it('loads at most 8.1 kB more at the first filter', () => {
    const start = loadedWith('client/index.ts');
    const more = [...loadedWith('client/octree/open-filter.ts')].filter(file => !start.has(file));
    expect(sizeOf(more)).toBeGreaterThan(0);
    expect(sizeOf(more)).toBeLessThanOrEqual(8_100);
  });

  it('has nothing of the encoder, and nothing of Node', () => {
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter(input => input.startsWith('node:'))).toEqual([]);
    expect(inputs.filter(input => input.includes('msgpackr'))).toEqual([]);
  });

  it('has no rules for records, except where it opens a catalogue in JSON', () => {
    const rules = (files: Iterable<string>) =>
      [...files].flatMap(file =>
        Object.entries(metafile.outputs[file]!.inputs)
          .filter(([input, { bytesInOutput }]) => input.includes('format/record/') && bytesInOutput > 0)
          .map(([input]) => input),
      );
    expect(rules(loadedWith('client/index.ts'))).toEqual([]);
    expect(rules(loadedWith('client/btree/table-queries.ts'))).toEqual([]);
    expect(rules(loadedWith('client/providers/json/fetch-json.ts'))).not.toEqual([]);
  });
});
