import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Bytes of an entry for browsers: bundled, minified, gzipped, with what it loads at once. */
async function sizeOf(entry: string): Promise<{ bytes: number; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`../../${entry}`, import.meta.url))],
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
  const entryFile = Object.values(metafile.outputs).find(output => output.entryPoint !== undefined)!;
  const loaded = entryFile.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
  const names = ['index.js', ...loaded.map(path => path.split('/').at(-1)!)];
  const files = outputFiles.filter(file => names.some(name => file.path.endsWith(name)));
  return {
    bytes: files.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0),
    inputs: Object.keys(metafile.inputs),
  };
}

describe('the client in a browser', () => {
  it('has at most 21.5 kB to load, decoder included, and nothing of Node', async () => {
    const { bytes, inputs } = await sizeOf('client/index.ts');
    expect(bytes).toBeLessThanOrEqual(21_500);
    expect(inputs.filter(input => input.startsWith('node:'))).toEqual([]);
    expect(inputs.some(input => input.includes('msgpackr/unpack'))).toBe(true);
    expect(inputs.filter(input => /msgpackr\/(pack|index|node)/.test(input))).toEqual([]);
  });
});
