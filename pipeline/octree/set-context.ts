import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { SetOptions } from '#format/index-json.ts';
import type { Bodies } from '#format/system.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import { FORMAT_CONSTANTS, type FormatConstants } from './format-constants.ts';
import { type EncodableSystem, encodeObjects, type RowEncoder } from './row-encoder.ts';

/** A system with its numbers of planets, moons and stations, and its facet values. */
export interface CountedSystem extends EncodableSystem {
  readonly counts: Bodies;
  /** For each field of the option `facets` its values. */
  readonly facets: FacetRow;
}

/** Options and destination of a build. */
export interface SetContext {
  readonly options: SetOptions;
  /** The fields of the option `summary`. */
  readonly summary: ReadonlySet<string>;
  /** The names of the option `facets`. */
  readonly facetNames: readonly string[];
  readonly writer: FileSink;
  readonly constants: FormatConstants;
  readonly encode: RowEncoder;
  /** No system of the overview has a higher hash. */
  readonly overviewHash: number;
}

export function setContext(
  options: SetOptions,
  writer: FileSink,
  {
    constants = FORMAT_CONSTANTS,
    encode = encodeObjects,
    overviewHash = Number.POSITIVE_INFINITY,
  }: Partial<Pick<SetContext, 'constants' | 'encode' | 'overviewHash'>> = {},
): SetContext {
  const facetNames = options.facets.map(({ field }) => field);
  return { options, summary: new Set(options.summary), facetNames, writer, constants, encode, overviewHash };
}
