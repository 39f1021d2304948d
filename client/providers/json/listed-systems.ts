/** The listings of a catalogue in memory, each made when it is first needed. */
import { compareRows } from '#client/query/order.ts';
import type { ListedValue } from '#client/query/types.ts';
import { type FacetRow, facetExtractor } from '#format/facets/facet-extractor.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { compareValues, type FacetValue, valueKey } from '#format/facets/facet-value.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import { orderKey } from '#format/facets/order-key.ts';
import { boundsOf } from '#format/geometry/bounds.ts';
import type { System } from '#format/system.ts';
import { compareText } from '#format/utf8.ts';

interface ListedGroup {
  readonly value: FacetValue;
  readonly systems: System[];
}

export class ListedSystems {
  readonly #ordered: () => readonly System[];
  /** By field, then by the keys of values, in their order. */
  readonly #groups = new Map<string, ReadonlyMap<string, ListedGroup>>();

  /** @param ordered all systems by (name, id) */
  constructor(ordered: () => readonly System[]) {
    this.#ordered = ordered;
  }

  *values(facet: FacetField): Generator<ListedValue, void, undefined> {
    for (const { value, systems } of this.#groupsOf(facet).values())
      yield { value, systems: systems.length, bounds: boundsOf(systems) };
  }

  /** The systems of a value, by (name, id). */
  systemsOf(facet: FacetField, value: FacetValue): readonly System[] {
    return this.#groupsOf(facet).get(valueKey(value))?.systems ?? [];
  }

  /** All systems in the order of a field, then by (name, id). */
  inOrder(facet: FacetField, order: 'asc' | 'desc'): System[] {
    const valuesOf = facetExtractor([facet]);
    const keyed = this.#ordered().map(system => ({ system, key: orderKey(valuesOf(system)[0]!, order) }));
    keyed.sort((a, b) => compareText(a.key, b.key) || compareRows(a.system, b.system));
    return keyed.map(({ system }) => system);
  }

  #groupsOf(facet: FacetField): ReadonlyMap<string, ListedGroup> {
    let groups = this.#groups.get(facet.field);
    groups ??= groupsOf(this.#ordered(), facet);
    this.#groups.set(facet.field, groups);
    return groups;
  }
}

function groupsOf(systems: readonly System[], facet: FacetField): ReadonlyMap<string, ListedGroup> {
  const valuesOf = facetExtractor([facet]);
  const isRegion = facet.field === REGION_LISTING.field;
  const groups = new Map<string, ListedGroup>();
  for (const system of systems) {
    const values: FacetRow[number] = isRegion ? [system.region] : valuesOf(system)[0]!;
    for (const value of values) {
      const key = valueKey(value);
      const group = groups.get(key);
      if (group) group.systems.push(system);
      else groups.set(key, { value, systems: [system] });
    }
  }
  return new Map([...groups].sort(([, a], [, b]) => compareValues(a.value, b.value)));
}
