/** The list of records that JavaScript writes: for each the position of its JSON, and the bits of `System.derived`. */

/** Offsets of 32-bit integers in an entry, and its size. */
export const START: usize = 0;
export const END: usize = 4;
export const DERIVED_FIELDS: usize = 8;
export const RECORD_BYTES: usize = 12;

/** Bits of `System.derived`, as in client/format/system.ts. */
export const DERIVED_ID: u32 = 1;
export const DERIVED_NAME: u32 = 2;
export const DERIVED_REGION: u32 = 4;
