import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../..', import.meta.url));

let metafile: Metafile;
/** Bytes of a bundle's files, minified and gzipped, by path. */
const sizes = new Map<string, number>();

/** What loads at once with a module: its own file, and those that it imports without being asked. */
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

beforeAll(async () => {
  const built = await build({
    absWorkingDir: folder,
    entryPoints: ['client/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    splitting: true,
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  metafile = built.metafile;
  for (const { path, contents } of built.outputFiles)
    sizes.set(path.slice(folder.length), gzipSync(contents, { level: 9 }).length);
});

describe('the client in a browser', () => {
  it('has at most 18.9 kB to load, decoder included', () => {
    expect(sizeOf(loadedWith('client/index.ts'))).toBeLessThanOrEqual(18_900);
  });

  it('loads at most 8.5 kB more at the first question about names, ids, regions or texts', () => {
    const start = loadedWith('client/index.ts');
    const more = [...loadedWith('client/catalogue.ts')].filter(file => !start.has(file));
    expect(sizeOf(more)).toBeGreaterThan(0);
    expect(sizeOf(more)).toBeLessThanOrEqual(8_500);
  });

  it('has nothing of the encoder, and nothing of Node', () => {
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter(input => input.startsWith('node:'))).toEqual([]);
    expect(inputs.filter(input => input.includes('msgpackr'))).toEqual([]);
  });
});
