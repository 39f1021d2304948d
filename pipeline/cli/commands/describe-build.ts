/** Output of a build: for a person, for a script, and warnings. */
import { SEARCHED_POINTS } from '#format/btree/search-schemas.ts';
import { MAX_SYSTEM_VALUES, MAX_VALUE_LENGTH } from '#format/facets/facet-extractor.ts';
import type { BuildSummary } from '#pipeline/build.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { counted, duration, integer, size, table } from '#pipeline/cli/print/units.ts';
import type { Reject } from '#pipeline/source/index.ts';
import { unusedMapText } from '#pipeline/source/mapping.ts';
import { nameOption } from '#pipeline/source/name-fields.ts';
import { rejectLine } from '#pipeline/source/source-location.ts';
import { mapAdvice } from '#pipeline/source/suggest-map.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';

/** The object of `--json`; its members are part of the command's contract. */
export function plainSummary(summary: BuildSummary) {
  const { generation, systems, planets, moons, stations, rejected, skipped, identical, duplicates } = summary;
  const { truncatedTexts, leftOut, missingFields, missingFacets, unusedMaps, nameField, facets } = summary;
  const { files, bytes, seconds, peakMemoryBytes } = summary;
  return {
    ...{ generation, systems, planets, moons, stations, rejected, skipped, identical, duplicates },
    ...{ truncatedTexts, leftOut, missingFields, missingFacets, unusedMaps, nameField, facets },
    ...{ files, bytes, seconds, peakMemoryBytes },
  };
}

/**
 * Options that have no effect, and a hint, one line each.
 * @param named fields of systems by the option that names them
 */
export function warningsOf(
  { missingFields, missingFacets, unusedMaps, nameField }: BuildSummary,
  named: readonly (readonly [option: string, field: string])[],
): string[] {
  return [
    ...unusedMaps.map(unusedMapText),
    ...named
      .filter(([, field]) => missingFields.includes(field))
      .map(([option, field]) => `no system has a field "${field}", which --${option} names`),
    ...missingFacets.map(field => `no system has a value of the facet "${field}", which --facets names`),
    ...(nameField === null
      ? []
      : [
          `all systems are named by their ids; the field "${nameField}" looks like a name: ${nameOption(nameField)}`,
        ]),
  ];
}

/** The summary for a person. */
export async function describeBuild(
  summary: BuildSummary,
  out: string,
  examples: readonly Reject[],
  rejectsPath: string | undefined,
): Promise<string> {
  const { systems, planets, moons, stations, byKind, files, bytes, seconds, generation } = summary;
  const kinds = Object.entries(byKind).sort(([a], [b]) => (a < b ? -1 : 1));
  const indexBytes = kinds.reduce((left, [, sum]) => left - sum.bytes, bytes);
  const each = (bytes: number) => (systems > 0 ? integer(Math.round(bytes / systems)) : '');
  const parts = table(
    [
      ...kinds.map(([kind, sum]) => [
        `  ${kind}`,
        counted(sum.files, 'file'),
        size(sum.bytes),
        each(sum.bytes),
      ]),
      ['  index.json', '1 file', size(indexBytes), each(indexBytes)],
      ['  total', counted(files, 'file'), size(bytes), each(bytes)],
    ],
    [1, 2, 3],
  );
  const rate = integer(Math.round(systems / seconds));
  return printableText([
    `Built ${out}, generation ${generation}`,
    `  ${counted(systems, 'system')}, ${counted(planets, 'planet')}, ${counted(moons, 'moon')}, ${counted(stations, 'station')}`,
    '',
    ...parts.slice(0, -1),
    `${parts.at(-1)}${systems > 0 ? ' bytes per system' : ''}`,
    '',
    ...describeFacets(summary),
    ...summary.leftOut.map(({ file, reason }) => `  ${file} left out: ${reason}`),
    ...describeLosses(summary, examples, rejectsPath).map(line => `  ${line}`),
    ...describeSkipped(summary),
    ...describeCut(summary),
    ...(await describeKept(summary, out)),
    `  ${duration(seconds)}, ${rate} systems/s, ${size(summary.peakMemoryBytes)} of memory at peak`,
  ]);
}

function describeFacets({ facets }: BuildSummary): string[] {
  const own = facets.filter(({ values }) => values > 0);
  const missing = facets.filter(({ values }) => values === 0);
  const leftOut = facets.filter(facet => facet.leftOut > 0);
  return [
    ...(own.length > 0 ? [`  facets: ${own.map(({ field }) => field).join(', ')}`] : []),
    ...missing.map(({ field }) => `  no system has a value of the facet ${field}`),
    ...leftOut.map(
      ({ field, leftOut }) =>
        `  ${counted(leftOut, 'value')} of the facet ${field} left out: longer than ${integer(MAX_VALUE_LENGTH)} characters, or more than ${integer(MAX_SYSTEM_VALUES)} in one system`,
    ),
  ];
}

/** Records that are in no system, with examples. */
export function describeLosses(
  { rejected, duplicates }: BuildSummary,
  examples: readonly Reject[],
  rejectsPath: string | undefined,
): string[] {
  const lines: string[] = [];
  const where = rejectsPath === undefined ? '--rejects FILE lists them' : `all in ${rejectsPath}`;
  if (rejected > 0) {
    lines.push(`${counted(rejected, 'record')} rejected; ${where}`);
    lines.push(...examples.map(reject => `  ${rejectLine(reject)}`));
    if (rejected > examples.length) lines.push('  ...');
    const advice = mapAdvice(examples);
    if (advice !== undefined) lines.push(`  ${advice}`);
  }
  if (duplicates > 0)
    lines.push(
      `${counted(duplicates, 'duplicate')} left out: a different system with the same id is kept; ${where}`,
    );
  return lines;
}

function describeSkipped({ skipped, identical, byKind }: BuildSummary): string[] {
  const lines: string[] = [];
  if (skipped > 0)
    lines.push(
      `  ${counted(skipped, 'entry', 'entries')} skipped: not systems, by key or type${byKind['meta'] ? '; _meta is kept' : ''}`,
    );
  if (identical > 0)
    lines.push(
      `  ${counted(identical, 'identical copy', 'identical copies')} left out: each system is kept once`,
    );
  return lines;
}

function describeCut({ truncatedTexts }: BuildSummary): string[] {
  if (truncatedTexts === 0) return [];
  return [
    `  ${counted(truncatedTexts, 'string')} searched in part only, or not at all: longer than ${SEARCHED_POINTS} characters, or too many in one system`,
  ];
}

/** Lines on the files of the replaced set: unchanged files, and files that only earlier generations use. */
async function describeKept(
  { replaced, files, unchangedFiles }: BuildSummary,
  out: string,
): Promise<string[]> {
  if (!replaced) return [];
  let kept = -files;
  for await (const { path } of folderStore(out).list('')) if (!/^(generations|history)\//.test(path)) kept++;
  return [
    `  ${counted(unchangedFiles, 'file')} unchanged since the generation before`,
    ...(kept > 0
      ? [`  ${counted(kept, 'file')} of earlier generations kept, for clients that still read them`]
      : []),
  ];
}
