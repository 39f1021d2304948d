/** Reads and decodes facet files and facet pages. */
import type { QueryOptions } from '#client/query/types.ts';
import { type FacetFile, unpackFacetFile } from '#format/facets/facet-file.ts';
import { type FacetPage, unpackFacetPage } from '#format/facets/facet-page.ts';
import type { FileRef } from '#format/file-ref.ts';
import { weighed } from '#format/memory-cost.ts';
import { type FurtherRows, unpackValueSample } from '#format/octree/value-sample.ts';
import { unpack } from '#format/unpack.ts';
import type { Files } from './files.ts';

/** @param rows number of rows of the chunk or sample beside it */
export function readFacetFile(
  files: Files,
  ref: FileRef,
  rows: number,
  options: QueryOptions,
): Promise<FacetFile> {
  return files.read(
    ref,
    (content, budget) =>
      weighed(budget, () => {
        const file = unpackFacetFile(unpack(content));
        if (file.rows !== rows) throw new Error(`it has ${file.rows} rows, expected ${rows}`);
        return file;
      }),
    options,
  );
}

/** Reads rows that a preview or the overview lacks. */
export function readValueSample(files: Files, ref: FileRef, options: QueryOptions): Promise<FurtherRows> {
  return files.read(
    ref,
    (content, budget) => weighed(budget, () => unpackValueSample(unpack(content))),
    options,
    'valueSample',
  );
}

/** The page is not checked against its tree page, which is read at the same time. */
export function readFacetPage(files: Files, ref: FileRef, options: QueryOptions): Promise<FacetPage> {
  return files.read(
    ref,
    (content, budget) => weighed(budget, () => unpackFacetPage(unpack(content))),
    options,
    'page',
  );
}
