/** The declared facets of a set: their names, and the paths to their values in records. */

import { type FieldPath, pathText, readPath } from '#format/record/record-path.ts';
import { compareText } from '#format/utf8.ts';

/** A facet: a name, and the paths whose values it has together. */
export interface FacetField {
  readonly field: string;
  /** In canonical syntax, sorted, each once: `planets.materials`, `["odd name"]`. */
  readonly paths: readonly string[];
}

/** Fields of every system that other queries find. */
const REFUSED = new Set(['id', 'name', 'x', 'y', 'z']);

/** The facets of a set whose builder names none: fields of the Haven application. */
export const DEFAULT_FACETS: readonly FacetField[] = parseFacets(
  'attributes,fauna,flora,galaxy,material=materials|moons.materials|planets.materials|planets.moons.materials,region,sentinel,star_type',
);

/**
 * Parses a list of facets: `FIELD` or `NAME=PATH|PATH…`, separated by commas; `none` is the empty list. The result is
 * sorted by name.
 * @throws Error with the place and the expected syntax
 */
export function parseFacets(text: string): FacetField[] {
  return canonicalFacets(readFields(text));
}

/** Parses the syntax of `parseFacets` only. @throws Error */
export function readFields(text: string): FacetField[] {
  if (text.trim() === 'none') return [];
  const fields: FacetField[] = [];
  let at = 0;
  for (;;) {
    const { field, end } = readField(text, at);
    fields.push(field);
    if (end === text.length) return fields;
    at = end + 1;
  }
}

/**
 * Returns facets sorted by name, each with its paths in canonical syntax.
 * @param noun name of these fields in messages
 * @throws Error for a name that is empty or reserved or is given twice, or an invalid path
 */
export function canonicalFacets(fields: readonly FacetField[], noun = 'facet'): FacetField[] {
  const sorted = fields.map(({ field, paths }) => {
    if (field === '' || !field.isWellFormed())
      throw new Error(`a ${noun} has the invalid name ${shown(field)}`);
    const texts = paths.map(path => pathText(facetPath(path).steps));
    for (const name of [field, ...texts])
      if (REFUSED.has(name))
        throw new Error(
          `"${name}" cannot be a ${noun}: systems are found by id, name and position without one`,
        );
    if (texts.length === 0) throw new Error(`the ${noun} "${field}" has no path`);
    return { field, paths: [...new Set(texts)].sort(compareText) };
  });
  sorted.sort((a, b) => compareText(a.field, b.field));
  const twice = sorted.find(({ field }, i) => field === sorted[i - 1]?.field);
  if (twice) throw new Error(`the ${noun} "${twice.field}" is given twice: join its paths with |`);
  return sorted;
}

/**
 * Parses a path of a facet. It has no indices: arrays along a path are passed through.
 * @throws Error for any other string
 */
export function facetPath(text: string): FieldPath & { readonly steps: readonly string[] } {
  const read = readPath(text, 0);
  const isPath = read?.end === text.length && read.path.steps.every(step => typeof step === 'string');
  if (!isPath) throw new Error(`${shown(text)} is not a path of names, such as planets.materials`);
  return read.path as ReturnType<typeof facetPath>;
}

/** The facet at index `at`, and the index of the comma after it. */
function readField(text: string, at: number): { field: FacetField; end: number } {
  const name = /\s*([^\s,=|"[\]](?:[^,=|"[\]]*[^\s,=|"[\]])?)\s*=/y;
  name.lastIndex = at;
  const named = name.exec(text);
  const paths: FieldPath[] = [];
  let end = named ? name.lastIndex : at;
  for (;;) {
    end = afterSpaces(text, end);
    const read = readPath(text, end);
    if (!read) throw wrong(text, end, 'a path of names, such as planets.materials');
    paths.push(read.path);
    end = afterSpaces(text, read.end);
    if (text[end] !== '|') break;
    end++;
  }
  if (end < text.length && text[end] !== ',') throw wrong(text, end, 'a comma, or | and another path');
  if (!named && paths.length > 1) throw wrong(text, at, 'NAME=PATH|PATH: several paths need a name');
  const field = named?.[1] ?? nameOf(paths[0]!);
  return { field: { field, paths: paths.map(path => path.text) }, end };
}

/** The name of a facet that is given without one. */
function nameOf({ text, steps }: FieldPath): string {
  return steps.length === 1 ? String(steps[0]) : text;
}

function afterSpaces(text: string, at: number): number {
  let end = at;
  while (text[end] === ' ') end++;
  return end;
}

function wrong(text: string, at: number, expected: string): Error {
  const found = at === text.length ? 'the end' : shown(text.slice(at));
  return new Error(`facets: expected ${expected}, found ${found} after ${shown(text.slice(0, at))}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
