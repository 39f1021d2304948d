/** Listings: systems by the values of a field, or in the order of a field. FORMAT.md, section 21. */
import type { FacetField } from './facet-field.ts';

/** `value`: the systems of each value; `asc`, `desc`: all systems, the lowest or the highest value first. */
export const LISTING_ORDERS = ['value', 'asc', 'desc'] as const;
/** How a listing orders systems: by value, or in ascending or descending order of a number or date. */
export type ListingOrder = (typeof LISTING_ORDERS)[number];

/** A listing of a set; its paths are those of a facet. */
export interface Listing extends FacetField {
  readonly order: ListingOrder;
}

/** The listing that every set has. Its value is the region that answers queries. */
export const REGION_LISTING: Listing = { field: 'region', order: 'value', paths: ['region'] };

/** Returns the listing by value that has the values of a facet, if there is one. */
export function listingOf(facet: FacetField, listings: readonly Listing[]): Listing | undefined {
  return listings.find(
    ({ field, order, paths }) =>
      order === 'value' && field === facet.field && paths.join('|') === facet.paths.join('|'),
  );
}
