/** Describes facet files and facet pages. */
import { unpackFacetFile } from '#format/facets/facet-file.ts';
import { type FacetPage, unpackFacetPage } from '#format/facets/facet-page.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import { setOwn } from '#format/json.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { type Dump, firstLines } from './dump.ts';

const FORMS = ['bits', 'indices'];

export function dumpFacetFile(file: Record<string, unknown>): Dump {
  const { rows, columns } = unpackFacetFile(file);
  const value = Array.from({ length: rows }, (_, row) => {
    const own: JsonObject = {};
    for (const [field, column] of columns) {
      const values = column.valuesOf(row).map(index => column.values[index]!);
      if (values.length > 0) setOwn(own, field, values);
    }
    return own;
  });
  const packed = file['columns'] as readonly (readonly unknown[])[];
  const lines = [...columns].map(([name, { values }], i) => ({
    ...{ name, rows },
    encoding: `${counted(values.length, 'value')}, ${FORMS[packed[i]![0] as number]}`,
  }));
  return { kind: 'facets', value, columns: lines, first: firstLines(value) };
}

export function dumpFacetPage(file: Record<string, unknown>): Dump {
  const page = unpackFacetPage(file);
  const nodes = Array.from({ length: page.nodes }, (_, node) => nodeValue(page, node));
  const refs = (names: FacetPage['chunks']) => names.map(ref => ref?.hash ?? null);
  const { chunks, previews, valueSamples, branches } = page;
  const value = {
    ...{ nodes, chunks: refs(chunks), previews: refs(previews) },
    ...{ valueSamples: refs(valueSamples), branches: refs(branches) },
  };
  const lines = [...page.fields].map(([name, { values }]) => ({
    ...{ name, rows: page.nodes },
    encoding: values.length > 0 ? counted(values.length, 'value') : 'any value',
  }));
  for (const [name, own] of Object.entries({ chunks, previews, valueSamples, branches }))
    lines.push({ name, rows: own.length, encoding: counted(own.filter(Boolean).length, 'file') });
  return { kind: 'facet page', value, columns: lines, first: firstLines(nodes) };
}

/** For each facet of a node "any" or its values, and the ranges of numbers and dates. */
function nodeValue(page: FacetPage, node: number): JsonObject {
  const own: JsonObject = {};
  for (const [field, column] of page.fields) {
    const values = column.values.filter((_, value) => column.has(value, node));
    const [numbers, dates] = [column.numbers(node), column.dates(node)];
    if (!column.any(node) && values.length === 0 && !numbers && !dates) continue;
    const facet: JsonValue = {
      values: column.any(node) ? 'any' : values,
      ...(numbers && { numbers: [...numbers] }),
      ...(dates && { dates: [...dates] }),
    };
    setOwn(own, field, facet);
  }
  return own;
}
