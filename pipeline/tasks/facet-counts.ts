/** Finds the facet values of systems, and counts them for the summary of a build. */
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { engineExtractor, type ValueSource } from '#pipeline/engine/record-values.ts';

/** Numbers of one facet of a set. */
export interface FacetTotals {
  readonly field: string;
  /** Systems with at least one value. */
  readonly systems: number;
  /** Values of all systems, each counted once for each system that has it. */
  readonly values: number;
  /** Values that are longer than 1,024 characters, or beyond the first 4,096 of a system. */
  readonly leftOut: number;
}

/** Numbers of one facet in the systems of one task. */
export type FacetCounts = Omit<FacetTotals, 'field'>;

export class FacetCounter {
  readonly #extract: (system: ValueSource) => FacetRow;
  readonly counts: { systems: number; values: number; leftOut: number }[];

  constructor(fields: readonly FacetField[]) {
    this.counts = fields.map(() => ({ systems: 0, values: 0, leftOut: 0 }));
    this.#extract = engineExtractor(fields, (field, count) => {
      this.counts[field]!.leftOut += count;
    });
  }

  /** The values of a system, which are counted. */
  valuesOf(system: ValueSource): FacetRow {
    const row = this.#extract(system);
    for (let field = 0; field < row.length; field++) {
      const { length } = row[field]!;
      if (length === 0) continue;
      this.counts[field]!.systems++;
      this.counts[field]!.values += length;
    }
    return row;
  }
}

/** The sums of the counts of several tasks. */
export function sumCounts(
  fields: readonly FacetField[],
  counts: readonly (readonly FacetCounts[])[],
): FacetTotals[] {
  const sum = (i: number, count: keyof FacetCounts) => counts.reduce((all, own) => all + own[i]![count], 0);
  return fields.map(({ field }, i) => ({
    field,
    systems: sum(i, 'systems'),
    values: sum(i, 'values'),
    leftOut: sum(i, 'leftOut'),
  }));
}
