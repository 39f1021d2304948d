/** Merges the samples of subtrees, and writes previews and value samples from them. */

import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { FacetRef } from '#format/facets/facet-page.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { NodeFacets } from '#format/facets/node-facet.ts';
import type { JsonObject } from '#format/json.ts';
import { packChunk } from '#format/octree/chunk.ts';
import { isCoreColumn, splitFields } from '#format/octree/record-fields.ts';
import {
  compareSamples,
  OVERVIEW_ROWS,
  type PreviewOptions,
  ROWS_OF_VALUE,
  rankOf,
  type SampleKey,
} from '#format/octree/sample.ts';
import { packRanks } from '#format/octree/sample-ranks.ts';
import type { PreviewFile } from '#format/octree/tree-node.ts';
import { packValueSample } from '#format/octree/value-sample.ts';
import type { PackedMap } from '#format/pack.ts';
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

/** The fields of every system of a sample. */
export const NO_FIELDS: JsonObject = {};

type SampleContext = Pick<SetContext, 'options' | 'summary' | 'overviewHash'>;

/** A system with its key in the order of samples. Few systems are in a sample: only these are copied to one. */
class RankedSystem implements SampleKey {
  readonly rank: number;
  readonly hash: number;
  readonly system: CountedSystem;

  constructor(system: CountedSystem, preview: PreviewOptions) {
    this.rank = preview.field === null ? 0 : rankOf(fieldOf(system, preview.field), preview);
    this.hash = hashText(system.id);
    this.system = system;
  }

  get id(): string {
    return this.system.id;
  }

  get facets(): FacetRow {
    return this.system.facets;
  }

  toSample(summaryFields: ReadonlySet<string>): Sample {
    const { rank, hash, system } = this;
    const { id, name, region, x, y, z, derived, facets } = system;
    return {
      ...{ rank, hash, id, facets },
      system: { id, name, region, x, y, z, derived, fields: NO_FIELDS },
      summary: summaryFields.size > 0 ? splitFields(system, summaryFields).summary : NO_FIELDS,
    };
  }
}

/** A field of a system. The record, which may have to be parsed, is read only if the system does not have the value. */
function fieldOf(system: System, field: string): unknown {
  return isCoreColumn(field, system.derived) ? system[field as keyof System] : system.fields[field];
}

export function sampleOf(
  system: CountedSystem,
  { options, summary }: Pick<SetContext, 'options' | 'summary'>,
): Sample {
  return new RankedSystem(system, options.preview).toSample(summary);
}

/**
 * Those of a sample and of further systems that a sample of them all, or of a node above, can have, in order.
 * @param facets as in `mergeSamples`
 */
export function addToSamples(
  samples: readonly Sample[],
  systems: readonly CountedSystem[],
  facets: () => NodeFacets,
  context: SampleContext,
): Sample[] {
  const all: (Sample | RankedSystem)[] = samples.slice();
  for (let i = 0; i < systems.length; i++) all.push(new RankedSystem(systems[i]!, context.options.preview));
  return firstRows(all, facets, context).map(row =>
    row instanceof RankedSystem ? row.toSample(context.summary) : row,
  );
}

const NO_SAMPLES: readonly Sample[] = [];

/**
 * Those of several samples that a sample of them all, or of a node above, can have, in order: the first ones up to the
 * size of a preview, those that may be in the overview, and the first ones of each value that a value sample needs.
 * @param facets returns the facets of all systems below; is called for many samples only
 */
export function mergeSamples(
  samples: readonly (readonly Sample[])[],
  facets: () => NodeFacets,
  context: Pick<SetContext, 'options' | 'overviewHash'>,
): Sample[] {
  return firstRows(NO_SAMPLES.concat(...samples), facets, context);
}

/** Sorts rows, and returns those that a sample can have. */
function firstRows<Row extends SampleKey & Pick<Sample, 'facets'>>(
  rows: Row[],
  facets: () => NodeFacets,
  { options, overviewHash }: Pick<SetContext, 'options' | 'overviewHash'>,
): Row[] {
  const { size } = options.preview;
  rows.sort(compareSamples);
  if (rows.length <= size) return rows;
  const isOfValue = valueRows(facets());
  return rows.filter(
    ({ hash, facets }, i) => isOfValue(facets) || i < size || (i < OVERVIEW_ROWS && hash <= overviewHash),
  );
}

/**
 * Returns a test for rows in the order of samples, each once: whether a row is among the first `ROWS_OF_VALUE` of a value
 * that a node lists. A field with very many values in a node has none.
 */
function valueRows(node: NodeFacets): (row: FacetRow) => boolean {
  /** For each field the numbers of rows, by value; undefined if no further row is needed. */
  const fields = node.map(facet =>
    facet && !facet.any
      ? { missing: facet.values.length * ROWS_OF_VALUE, rows: new Map<FacetValue, number>() }
      : undefined,
  );
  return row => {
    let isFirst = false;
    for (let field = 0; field < fields.length; field++) {
      const own = fields[field];
      if (!own) continue;
      const values = row[field]!;
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        const rows = own.rows.get(value) ?? 0;
        if (rows === ROWS_OF_VALUE) continue;
        own.rows.set(value, rows + 1);
        isFirst = true;
        if (--own.missing === 0) fields[field] = undefined;
      }
    }
    return isFirst;
  };
}

/** The files of the sample of a node or of the set. */
export interface SampleFiles {
  readonly preview: PreviewFile;
  /** The facet file of its rows. */
  readonly facets: FacetRef;
  /** Further rows, of values that the preview has few rows of. */
  readonly valueSample: FacetRef;
}

/**
 * Writes the first rows of a sample, with their facet values, and its value sample; undefined for 0 rows.
 * @param facets the facets of the node
 */
export function writePreview(
  samples: readonly Sample[],
  rows: number,
  facets: NodeFacets,
  context: Pick<SetContext, 'facetNames' | 'writer' | 'options'>,
): SampleFiles | undefined {
  if (rows === 0) return undefined;
  const first = samples.slice(0, rows);
  const isOfValue = valueRows(facets);
  const further = samples.filter((sample, i) => isOfValue(sample.facets) && i >= rows);
  const values = facetRows(further);
  return {
    preview: { ref: context.writer.put('previews', packSample(first, context)), rows },
    facets: writeFacetFile(facetRows(first), context),
    valueSample:
      further.length > 0
        ? context.writer.put(
            'previews',
            packValueSample(packSample(further, context), context.facetNames, values),
          )
        : undefined,
  };
}

function facetRows(samples: readonly Sample[]): FacetRow[] {
  return samples.map(({ facets }) => facets);
}

function packSample(samples: readonly Sample[], { options }: Pick<SetContext, 'options'>): PackedMap {
  const systems = samples.map(({ system }) => system);
  const summary = samples.map(sample => sample.summary);
  return withinLimit(
    () => ({ ...packChunk(systems, summary), ...packRanks(samples, options.preview) }),
    () => `the summary fields of a preview of ${samples.length} systems`,
    'leave fields out of the summary',
  );
}
