/** Reads the listings that a build is to make. */
import { compareText } from '#format/utf8.ts';
import { canonicalFacets, type FacetField, readFields } from './facet-field.ts';
import { LISTING_ORDERS, type Listing, REGION_LISTING } from './listing.ts';

/** An item of a list: characters but commas, except in a quoted name. */
const ITEM = /(?:\["(?:[^"\\]|\\.)*"\]|[^,])+/g;
const ORDER = /^(.*?)(?::(asc|desc))?\s*$/s;

/**
 * Parses a list of listings: `FIELD`, `FIELD:asc`, `FIELD:desc`, or `NAME=PATH|PATH…` with an order, separated by commas.
 * A field is a facet or a path.
 * @param facets the facets of the set, whose paths listings of their names have
 * @throws Error with the expected syntax
 */
export function parseListings(text: string, facets: readonly FacetField[]): Listing[] {
  const listings = (text.match(ITEM) ?? []).map(item => {
    const [, name, order = 'value'] = ORDER.exec(item)! as unknown as [string, string, Listing['order']?];
    const [field] = readFields(name);
    if (!field) throw new Error(`listings: expected a field, found ${JSON.stringify(item)}`);
    const facet = name.includes('=') ? undefined : facets.find(own => own.field === field.field);
    return { ...(facet ?? field), order };
  });
  return canonicalListings(listings);
}

/**
 * Returns listings sorted by field, then by order, each once, with that of `region`.
 * @throws Error for an invalid name, path or order, or different paths of one field
 */
export function canonicalListings(listings: readonly Listing[]): Listing[] {
  const all = new Map<string, Listing>();
  for (const { order, ...facet } of [REGION_LISTING, ...listings]) {
    if (!LISTING_ORDERS.includes(order))
      throw new Error(`the order of the listing "${facet.field}" is ${order}; give value, asc or desc`);
    const [{ field, paths }] = canonicalFacets([facet], 'listing') as [FacetField];
    const other = [...all.values()].find(own => own.field === field);
    if (other && other.paths.join('|') !== paths.join('|'))
      throw new Error(
        `the listing "${field}" is given with different paths: ${other.paths.join('|')}, ${paths.join('|')}`,
      );
    all.set(`${field}\0${order}`, { field, order, paths });
  }
  return [...all.values()].sort((a, b) => compareText(a.field, b.field) || compareText(a.order, b.order));
}
