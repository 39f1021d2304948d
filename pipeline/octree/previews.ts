/** Merges the samples of subtrees, and writes previews from them. */

import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { FacetRef } from '#format/facets/facet-page.ts';
import type { JsonObject } from '#format/json.ts';
import { packChunk } from '#format/octree/chunk.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import { compareSamples, OVERVIEW_ROWS, rankOf, type SampleKey } from '#format/octree/sample.ts';
import { packRanks } from '#format/octree/sample-ranks.ts';
import type { PreviewFile } from '#format/octree/tree-node.ts';
import type { System } from '#format/system.ts';
import { hashText } from '#format/utf8.ts';
import { writeFacetFile } from './facet-files.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import { withinLimit } from './value-limit.ts';

/** A system of a sample, with its key in the order of samples. */
export interface Sample extends SampleKey {
  /** Without its record. */
  readonly system: System;
  readonly summary: JsonObject;
  readonly facets: FacetRow;
}

/** Some systems in the order of samples. */
export function samplesOf(
  systems: readonly CountedSystem[],
  { options, summary }: Pick<SetContext, 'options' | 'summary'>,
): Sample[] {
  const { preview } = options;
  const keys = systems.map(system => ({
    rank: preview.field === null ? 0 : rankOf(system.fields[preview.field], preview),
    hash: hashText(system.id),
    id: system.id,
    system,
  }));
  const first = keys.sort(compareSamples).slice(0, OVERVIEW_ROWS);
  return first.map(({ rank, hash, id, system }) => {
    const { name, region, x, y, z, derived, facets } = system;
    return {
      rank,
      hash,
      id,
      system: { id, name, region, x, y, z, derived, fields: {} },
      summary: summary.size > 0 ? splitFields(system, summary).summary : {},
      facets,
    };
  });
}

/** The first systems of several samples, in order, up to the size of an overview. */
export function mergeSamples(samples: readonly (readonly Sample[])[]): Sample[] {
  return samples.flat().sort(compareSamples).slice(0, OVERVIEW_ROWS);
}

/** A preview and the facet file of its rows. */
export interface SampleFiles {
  readonly preview: PreviewFile;
  readonly facets: FacetRef;
}

/** Writes the first rows of a sample, with their facet values; undefined for 0 rows. */
export function writePreview(
  samples: readonly Sample[],
  rows: number,
  { options, ...context }: Pick<SetContext, 'facetNames' | 'writer' | 'options'>,
): SampleFiles | undefined {
  if (rows === 0) return undefined;
  const first = samples.slice(0, rows);
  const systems = first.map(({ system }) => system);
  const summary = first.map(sample => sample.summary);
  const content = withinLimit(
    () => ({ ...packChunk(systems, summary), ...packRanks(first, options.preview) }),
    () => `the summary fields of a preview of ${rows} systems`,
    'leave fields out of the summary',
  );
  const facets = writeFacetFile(
    first.map(({ facets }) => facets),
    context,
  );
  return { preview: { ref: context.writer.put('previews', content), rows }, facets };
}
