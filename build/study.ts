import { gzipSync } from 'node:zlib';
import { openTileset, standardFold } from '#client/node/index.ts';
import { WORDS } from '#format/btree/search-schemas.ts';
import { packNumbers } from '#format/columns/numbers.ts';
import { packTable } from '#format/columns/values.ts';
import { firstPoints, wordStarts } from '#format/fold/words.ts';
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import { type Packable, pack } from '#format/pack.ts';
import { compareText } from '#format/utf8.ts';
import { FORMAT_CONSTANTS } from '#pipeline/octree/format-constants.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { gzipMember, MEM_LEVEL } from '#pipeline/store/gzip-member.ts';
import { memoryStore } from '#pipeline/store/memory-store.ts';
import { TableBuilder } from '#pipeline/tables/table-builder.ts';
import { AllTables } from '#pipeline/tasks/all-tables.ts';
import { DEFAULT_OPTIONS } from '#pipeline/tasks/build-options.ts';
import { layOut, load, MemorySink } from './study-set.ts';
import { costs, floor, RESULTS, samples } from './study-spheres.ts';

// `node build/study.ts SET [chunks] [pages] [details] [encodings] [levels] [texts]`: measures alternatives for the
// constants of the format. It rebuilds the systems of a set in memory for each alternative, and queries spheres
// through the client.

const [location, ...wanted] = process.argv.slice(2);
if (!location) {
  process.stderr.write(
    'Usage: node build/study.ts SET [chunks] [pages] [details] [encodings] [levels] [texts]\n',
  );
  process.exit(2);
}
const original = await openTileset(location);
const studies: Record<string, () => Promise<void>> = { chunks, pages, details, encodings, levels, texts };

/** Chunk limits, with and without chunks shared by siblings. */
async function chunks(): Promise<void> {
  const systems = await load(original, false);
  const spheres = await samples(original);
  print(`\n${systems.length} systems, ${location}: chunk limits\n`);
  head(['limit', 'siblings', 'chunks', 'fill', 'chunk MB', 'preview MB', 'tree kB']);
  for (const chunkLimit of [512, 1_024, 2_048, 4_096, 8_192]) {
    for (const grouping of [1, 0] as const) {
      const layout = {
        options: { ...original.options, chunkLimit },
        constants: { ...FORMAT_CONSTANTS, grouping },
      };
      const { source, sink } = await layOut(systems, layout);
      const files = sink.files('chunks');
      row([
        chunkLimit,
        grouping ? 'shared' : 'apart',
        files,
        (systems.length / files / chunkLimit).toFixed(2),
        mega(sink.bytes('chunks')),
        mega(sink.bytes('previews')),
        kilo(sink.bytes('tree')),
        ...(await costs(source, spheres)),
      ]);
    }
  }
  row(['floor', '', '', '', '', '', '', ...RESULTS.map(count => floor(spheres.get(count)!))]);
}

/** Entries of a tree page, and the minimum size of a subtree with a separate page. */
async function pages(): Promise<void> {
  const systems = await load(original, false);
  const spheres = await samples(original);
  print(`\n${systems.length} systems, ${location}: pages of the tree\n`);
  head(['entries', 'least', 'pages', 'tree kB', 'root kB']);
  for (const pageEntries of [64, 128, 256, 512]) {
    for (const leastPage of [4, 16, 64]) {
      const constants = { ...FORMAT_CONSTANTS, pageEntries, leastPage, pageNodes: Number.POSITIVE_INFINITY };
      const { source, sink, root } = await layOut(systems, { options: original.options, constants });
      row([
        pageEntries,
        leastPage,
        sink.files('tree'),
        kilo(sink.bytes('tree')),
        kilo(root),
        ...(await costs(source, spheres)),
      ]);
    }
  }
}

/** Weights of a detail file. */
async function details(): Promise<void> {
  const systems = await load(original, true);
  print(`\n${systems.length} systems, ${location}: weights of a detail file\n`);
  line(['weight', 'files', 'bytes per system', 'median kB', 'largest kB']);
  for (const detailWeight of [100_000, 200_000, 400_000, 500_000, 800_000, 1_600_000]) {
    const layout = { options: { ...original.options, detailWeight }, constants: FORMAT_CONSTANTS };
    const { sink } = await layOut(systems, layout);
    const sizes = sink.sizes('details').sort((a, b) => a - b);
    const bytes = sink.bytes('details') / systems.length;
    row([detailWeight, sizes.length, bytes.toFixed(1), kilo(sizes[sizes.length >> 1]!), kilo(sizes.at(-1)!)]);
  }
}

/** Encodings of coordinates and nested records: gzipped bytes per system, in files with the systems of a leaf. */
async function encodings(): Promise<void> {
  const systems = (await load(original, true)).slice(0, 50_000);
  const groups = Array.from({ length: Math.ceil(systems.length / 400) }, (_, i) =>
    systems.slice(400 * i, 400 * i + 400),
  );
  const measure = (encode: (group: CountedSystem[]) => Packable) => {
    const bytes = groups.reduce(
      (sum, group) => sum + gzipMember(pack(encode(group)), DEFAULT_OPTIONS.gzipLevel).length,
      0,
    );
    return (bytes / systems.length).toFixed(1);
  };
  const axes = (group: CountedSystem[], encode: (values: number[]) => Packable) => [
    encode(group.map(({ x }) => x)),
    encode(group.map(({ y }) => y)),
    encode(group.map(({ z }) => z)),
  ];
  print(`\n${location}: three coordinates\n`);
  line(['form', 'bytes per system']);
  row(['scaled integers by place where exact, else float64', measure(group => axes(group, packNumbers))]);
  row(['float64 plain', measure(group => axes(group, values => bytesOf(values)))]);
  row(['float64 by place of byte', measure(group => axes(group, values => byPlace(bytesOf(values))))]);
  print(`\n${location}: records\n`);
  line(['form', 'bytes per system']);
  const fields = (group: CountedSystem[]) => group.map(system => splitFields(system, new Set()).details);
  row(['flat columns', measure(group => packTable(fields(group)))]);
  row(['values behind the number of their list of keys', measure(group => shaped(fields(group)))]);
  row(['MessagePack maps', measure(group => fields(group) as Packable)]);
  row(['JSON text', measure(group => JSON.stringify(fields(group)))]);
}

/** gzip levels, and memory levels of deflate: bytes, and the processor's time, against the defaults. */
async function levels(): Promise<void> {
  const { sink } = await layOut((await load(original, true)).slice(0, 100_000), {
    options: original.options,
    constants: FORMAT_CONSTANTS,
  });
  const memLevels = [4, 5, 6, 8];
  const pairs = [1, 2, 3, 4, 5, 6, 9].flatMap(level => memLevels.map(memLevel => ({ level, memLevel })));
  const all = pairs.map(pair => ({ ...pair, bytes: 0, time: Number.POSITIVE_INFINITY }));
  // The machine may be busy for a while: each pair has several turns.
  for (let turn = 0; turn < 3; turn++) {
    for (const one of all) {
      const { level, memLevel } = one;
      const before = process.cpuUsage();
      one.bytes = sink.contents.reduce(
        (sum, content) => sum + gzipSync(content, { level, memLevel }).length,
        0,
      );
      one.time = Math.min(one.time, process.cpuUsage(before).user);
    }
  }
  const { gzipLevel } = DEFAULT_OPTIONS;
  const usual = all.find(({ level, memLevel }) => level === gzipLevel && memLevel === MEM_LEVEL)!;
  print(`\n${location}: bytes · time against level ${gzipLevel} with memory level ${MEM_LEVEL}\n`);
  line(['level', ...memLevels.map(memLevel => `memory level ${memLevel}`)]);
  for (const [level, own] of Map.groupBy(all, ({ level }) => level)) {
    const against = ({ bytes, time }: (typeof all)[number]) =>
      `${(bytes / usual.bytes).toFixed(3)} · ${(time / usual.time).toFixed(2)}`;
    row([level, ...own.map(against)]);
  }
}

/** Methods for finding a string inside a word of a name: files, and gzipped bytes per system. */
async function texts(): Promise<void> {
  const systems = await load(original, false);
  const fold = standardFold();
  print(`\n${systems.length} systems, ${location}: texts inside words of names\n`);
  line(['rows', 'files', 'bytes per system']);
  const measure = async (name: string, fill: (sink: MemorySink) => Promise<void> | void) => {
    const sink = new MemorySink();
    await fill(sink);
    row([name, sink.files('search'), (sink.bytes('search') / systems.length).toFixed(1)]);
  };
  for (const mode of ['words', 'infix'] as const) {
    await measure(mode === 'words' ? 'grams at each word' : 'grams at each letter', async set => {
      const options = { ...original.options, search: { mode, fields: ['name'] }, summary: [] };
      const tables = new AllTables({
        ...{ run: memoryStore(), set, fold, events: {}, signal: undefined },
        plan: { set: options, taskBytes: 1 << 23, engine: 'js' },
      });
      for (const system of systems) await tables.add(system);
      await tables.finish();
    });
  }
  await measure('at each word, and at each letter that begins three or more of it', sink => {
    const rows = systems.flatMap(system => lettersOf(fold(system.name)).map(text => ({ ...system, text })));
    const compare = (a: (typeof rows)[number], b: (typeof rows)[number]) =>
      compareText(a.text, b.text) || compareText(a.name, b.name) || compareText(a.id, b.id);
    const table = new TableBuilder(WORDS, sink);
    for (const [i, { id, name, region, x, y, z, text }] of rows.sort(compare).entries()) {
      if (i > 0 && compare(rows[i - 1]!, rows[i]!) === 0) continue;
      table.add({ id, name, region, x, y, z, text });
    }
    table.finish();
  });
}

/** Number of code points of a row of a word. */
const WINDOW = 24;

/** The rest of a string from each word on, and from each letter with at least two more in the word. */
function lettersOf(text: string): string[] {
  const starts = wordStarts(text);
  return starts.flatMap((start, i) => {
    const end = Math.max(start + 1, (starts[i + 1] ?? text.length) - 2);
    return Array.from({ length: end - start }, (_, at) => firstPoints(text, WINDOW, start + at));
  });
}

function bytesOf(values: number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}

function byPlace(bytes: Uint8Array): Uint8Array {
  const count = bytes.length / 8;
  return bytes.map((_, i) => bytes[(i % count) * 8 + Math.floor(i / count)]!);
}

/** Objects as arrays of values after the number of their array of keys. */
function shaped(objects: JsonObject[]): Packable {
  const shapes = new Map<string, number>();
  const encode = (value: JsonValue): Packable => {
    if (Array.isArray(value)) return value.map(encode);
    if (!isObject(value)) return value;
    const keys = JSON.stringify(Object.keys(value));
    if (!shapes.has(keys)) shapes.set(keys, shapes.size);
    return [shapes.get(keys)!, ...Object.values(value).map(encode)];
  };
  const values = objects.map(encode);
  return [[...shapes.keys()], values];
}

function head(columns: string[]): void {
  line([
    ...columns,
    ...RESULTS.map(count => `sphere of ${count.toLocaleString('en')}: requests · kB · round trips`),
  ]);
}

function line(columns: string[]): void {
  row(columns);
  row(columns.map(() => '---'));
}

function row(columns: (string | number)[]): void {
  print(`| ${columns.join(' | ')} |`);
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}

function kilo(bytes: number): string {
  return (bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

for (const study of wanted.length > 0 ? wanted : Object.keys(studies)) await studies[study]!();
