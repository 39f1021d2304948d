/** Facets and listed fields of catalogues without tables. */
import { ArgumentError } from '#client/errors.ts';
import { checkFacet } from '#client/query/list-query.ts';
import { checkOptions, QUERY_OPTIONS } from '#client/query/options.ts';
import { compareFound, type FoundValue, nameMatch } from '#client/query/search-match.ts';
import type {
  FacetInfo,
  FacetQuery,
  FacetValueCount,
  ListedValue,
  QueryOptions,
} from '#client/query/types.ts';
import { checkText } from '#client/query/validate.ts';
import { isSearchedValue } from '#format/btree/facet-schemas.ts';
import { type FacetField, facetPath } from '#format/facets/facet-field.ts';
import { compareValues, valueKey } from '#format/facets/facet-value.ts';
import type { Fold } from '#format/fold/fold.ts';
import { compareText } from '#format/utf8.ts';

/** The declared facets of a catalogue, and their values. */
export class RecordFacets {
  readonly fields: readonly FacetField[];
  readonly #fold: Fold;
  readonly #listed: (facet: FacetField) => Iterable<ListedValue>;

  /** @param listed returns the values of a field with the numbers of their systems */
  constructor(
    fields: readonly FacetField[],
    fold: Fold,
    listed: (facet: FacetField) => Iterable<ListedValue>,
  ) {
    this.fields = fields;
    this.#fold = fold;
    this.#listed = listed;
  }

  /** All facets, with the numbers of their values. */
  all(options: QueryOptions): FacetInfo[] {
    checkOptions(options, QUERY_OPTIONS);
    options.signal?.throwIfAborted();
    return this.fields.map(facet => ({ ...facet, values: this.#valuesOf(facet).length }));
  }

  /**
   * Values of a facet, by the folds of their texts.
   * @throws ArgumentError for a field that is not a facet
   */
  values(field: string, query: FacetQuery): FacetValueCount[] {
    checkFacet(field, query);
    query.signal?.throwIfAborted();
    const facet = this.fields.find(own => own.field === field);
    if (facet) return completedValues(this.#valuesOf(facet), query, this.#fold);
    const known = this.fields.map(own => own.field).join(', ');
    throw new ArgumentError(`"${field}" is not a facet; the facets: ${known || 'none'}`, { found: field });
  }

  /**
   * The facet with a name, or a field whose only path is the name.
   * @throws ArgumentError if it is neither a facet nor a path
   */
  listedField(name: string): FacetField {
    checkText('the field', name);
    const facet = this.fields.find(({ field }) => field === name);
    if (facet) return facet;
    try {
      facetPath(name);
    } catch (error) {
      throw new ArgumentError((error as Error).message, { found: name });
    }
    return { field: name, paths: [name] };
  }

  /** The values that contain a folded query, the best first. */
  matching(query: string): (FoundValue & { readonly facet: FacetField })[] {
    const found = this.fields.flatMap(facet =>
      this.#valuesOf(facet).flatMap(({ value, systems }) => {
        if (!isSearchedValue(value)) return [];
        const text = this.#fold.search(value);
        const match = nameMatch(text, query, 'infix');
        return match
          ? [{ facet, field: facet.field, value, match, systems, text, key: valueKey(value) }]
          : [];
      }),
    );
    return found.sort(compareFound);
  }

  #valuesOf(facet: FacetField): ListedValue[] {
    return [...this.#listed(facet)].filter(isFacetValue);
  }
}

/** Selects the values that a query asks for, by the folds of their texts. */
function completedValues(
  values: Iterable<ListedValue>,
  { prefix = '', limit = 10, after }: FacetQuery,
  fold: (text: string) => string,
): FacetValueCount[] {
  const start = fold(prefix);
  const named = Array.from(values, ({ value, systems }) => ({ text: fold(String(value)), value, systems }));
  const compare = (a: Pick<(typeof named)[number], 'text' | 'value'>, b: (typeof named)[number]) =>
    compareText(a.text, b.text) || compareValues(a.value, b.value);
  named.sort(compare);
  const last = after === undefined ? undefined : { text: fold(String(after)), value: after };
  return named
    .filter(own => own.text.startsWith(start) && !(last && compare(last, own) >= 0))
    .slice(0, limit)
    .map(({ value, systems }) => ({ value, systems }));
}

/** A value of `region` that is not a facet value: those are neither empty nor long. */
function isFacetValue({ value }: ListedValue): boolean {
  return typeof value !== 'string' || (value !== '' && [...value].length <= 1024);
}
