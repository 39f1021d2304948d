import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { galaxySystems } from '#data/galaxy.ts';
import { isObject, type JsonObject } from '#format/json.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { build, updateTileset } from '#pipeline/index.ts';
import { RandomCatalogue } from './random-catalogue.ts';

// `npm run soak -- [CATALOGUE] [--generations N] [--every M] [--seed S]`: a long history of one set. Each generation is
// an update of the one before by 1 to 1,000 random edits: systems are deleted, come back, and get the values of others in
// a field. After every M generations (25 by default) the set is compared with a full build of the edited catalogue, file
// for file. CATALOGUE is NDJSON, or NDJSON in gzip; by default a galaxy of 100,000 systems. 1,000 generations by default.
// Exit code 1 if a file differs.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    generations: { type: 'string', default: '1000' },
    every: { type: 'string', default: '25' },
    seed: { type: 'string', default: '1' },
  },
});
const [generations, every] = [Number(values.generations), Number(values.every)];
const folder = await mkdtemp(join(tmpdir(), 'haven-soak-'));
try {
  process.exitCode = await soak();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function soak(): Promise<number> {
  const catalogue = new RandomCatalogue(await recordsOf(positionals[0]), Number(values.seed));
  const set = join(folder, 'set');
  await build([await fileOf('first', catalogue.texts())], set, { flush: false });
  const sums = { edits: 0, read: 0, written: 0, bytes: 0, seconds: 0 };
  for (let generation = 1; generation <= generations; generation++) {
    const { upserts, deletions } = catalogue.edit();
    const edits = {
      ...(upserts.length > 0 && { upsert: [await fileOf('upsert', upserts)] }),
      delete: [await fileOf('delete', [JSON.stringify(deletions)])],
    };
    const { read, written, seconds } = await updateTileset(set, edits, { flush: false, strict: true });
    sums.edits += upserts.length + deletions.length;
    sums.read += read.files;
    sums.written += written.files;
    sums.bytes += written.bytes;
    sums.seconds += seconds;
    if (generation % every !== 0 && generation !== generations) continue;
    const different = await compare(set, catalogue);
    const mean = (sum: number) => (sum / generation).toFixed(1);
    process.stdout.write(
      `generation ${generation}: ${catalogue.size} systems; a generation has ${mean(sums.edits)} edits, reads ${mean(sums.read)} files, writes ${mean(sums.written)} with ${mean(sums.bytes / 1000)} kB in ${mean(sums.seconds)} s\n`,
    );
    if (different.length === 0) continue;
    process.stdout.write(`differs from a build (seed ${values.seed}): ${different.slice(0, 5).join(', ')}\n`);
    return 1;
  }
  return 0;
}

/** Compares a set with a build of the catalogue; removes the files of older generations. */
async function compare(set: string, catalogue: RandomCatalogue): Promise<string[]> {
  const built = join(folder, 'built');
  const { options } = JSON.parse(await readFile(join(set, 'index.json'), 'utf8'));
  await build([await fileOf('all', catalogue.texts())], built, { ...options, flush: false });
  const expected = new Set(await pathsIn(built));
  const different: string[] = [];
  for (const path of expected) {
    const found = existsSync(join(set, path)) ? await readFile(join(set, path)) : undefined;
    if (!found?.equals(await readFile(join(built, path)))) different.push(path);
  }
  for (const path of await pathsIn(set)) if (!expected.has(path)) await rm(join(set, path));
  await rm(built, { recursive: true });
  return different;
}

async function pathsIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1));
}

async function fileOf(name: string, lines: Iterable<string>): Promise<string> {
  const path = join(folder, `${name}.ndjson`);
  await writeFile(path, [...lines].map(line => `${line}\n`).join(''));
  return path;
}

/** The records of a catalogue. @throws Error for a record without an id */
async function recordsOf(path: string | undefined): Promise<JsonObject[]> {
  if (path === undefined) return [...galaxySystems({ count: 100_000 })] as unknown as JsonObject[];
  const bytes = await readFile(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    const record = parseJson(line);
    if (isObject(record) && typeof record['id'] === 'string') return [record];
    throw new Error(`${path}, line ${i + 1}: expected a record with an id that is a string`);
  });
}
