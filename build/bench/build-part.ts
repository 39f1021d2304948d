/** The cost of a build beside `JSON.parse`, where its time goes, and the sizes of its files. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import glob from 'fast-glob';
import type { BuildSummary } from '#pipeline/build.ts';
import { type Cost, median, medianCost, processCost } from './process-cost.ts';
import { duration, markdownTable, roundsText, size } from './table.ts';

/** The command as it is installed. */
export const COMMAND = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Kinds of builds, and their options. */
const BUILDS: readonly (readonly [name: string, options: readonly string[]])[] = [
  ['without search and facets', ['--search', 'none', '--facets', 'none']],
  ['with facets', ['--search', 'none']],
  ['with search and facets', []],
];

if (import.meta.main) {
  // `JSON.parse` of all lines, and nothing else.
  let systems = 0;
  for await (const line of createInterface({ input: createReadStream(process.argv[2]!) }))
    if (line && JSON.parse(line)) systems++;
  process.stdout.write(String(systems));
}

/** Builds a set with the command. */
export async function buildCost(
  catalogue: string,
  out: string,
  options: readonly string[],
): Promise<{ cost: Cost; summary: BuildSummary }> {
  const args = [COMMAND, 'build', catalogue, '--out', out, '--json', '--no-flush', '--quiet', ...options];
  const { cost, stdout } = await processCost(process.execPath, args);
  return { cost, summary: JSON.parse(stdout) as BuildSummary };
}

/**
 * Builds a catalogue in all ways, in turn with `JSON.parse`.
 * @param folder gets all sets, each in a folder of its own: ext4 looks at each inode that was deleted in the last minute
 *   before it makes a new file, which costs a build of 200,000 systems up to 7 us a system
 * @returns tables in Markdown
 */
export async function buildPart(catalogue: string, folder: string, rounds: number): Promise<string> {
  const parsed: Cost[] = [];
  const built = BUILDS.map((): Cost[] => []);
  let set = folder;
  let summary: BuildSummary | undefined;
  for (let round = 0; round < rounds; round++) {
    const script = fileURLToPath(import.meta.url);
    parsed.push((await processCost(process.execPath, [script, catalogue])).cost);
    for (const [i, [, options]] of BUILDS.entries()) {
      set = join(folder, `${round}-${i}`);
      const result = await buildCost(catalogue, set, [...options, '--workers', '1']);
      built[i]!.push(result.cost);
      ({ summary } = result);
    }
  }
  const { systems, files, bytes } = summary!;
  const perSystem = (cost: Cost) => `${((1e6 * cost.cpu) / systems).toFixed(1)} us`;
  const costs = [
    ['`JSON.parse` of the lines', perSystem(medianCost(parsed)), '1', size(medianCost(parsed).memory)],
    ...BUILDS.map(([name], i) => {
      const ratio = median(built[i]!.map(({ cpu }, round) => cpu / parsed[round]!.cpu));
      const cost = medianCost(built[i]!);
      return [`build ${name}`, perSystem(cost), ratio.toFixed(1), size(cost.memory)];
    }),
  ];
  const parts = [...(await filesByKind(set))]
    .sort(([, a], [, b]) => b.bytes - a.bytes)
    .map(([kind, part]) => [kind, ...weights(part, systems)]);
  return [
    `${systems.toLocaleString('en')} systems, one worker, ${roundsText(rounds)}:`,
    markdownTable(['', 'CPU a system', 'times `JSON.parse`', 'memory at peak'], costs),
    'The files of a set with search and facets:',
    markdownTable(
      ['part', 'files per 1,000', 'bytes a system'],
      [...parts, ['all', ...weights({ files, bytes }, systems)]],
    ),
  ].join('\n\n');
}

interface FileTotals {
  files: number;
  bytes: number;
}

/** Files and bytes of a set, by their folders. */
async function filesByKind(set: string): Promise<Map<string, FileTotals>> {
  const kinds = new Map<string, FileTotals>();
  for (const { path, stats } of await glob('*/*', { cwd: set, stats: true })) {
    const kind = path.slice(0, path.indexOf('/'));
    const totals = kinds.get(kind) ?? { files: 0, bytes: 0 };
    totals.files++;
    totals.bytes += stats!.size;
    kinds.set(kind, totals);
  }
  return kinds;
}

function weights(part: FileTotals, systems: number): string[] {
  return [((1_000 * part.files) / systems).toFixed(2), (part.bytes / systems).toFixed(1)];
}

/** A line of a table of builds. */
export function buildLine(name: string, cost: Cost, bytes: number): string[] {
  return [name, duration(cost.wall), duration(cost.cpu), size(cost.memory), size(bytes)];
}
