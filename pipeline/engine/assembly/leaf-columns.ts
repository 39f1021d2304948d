/** The columns of leaf pages beside the key, and where the rests of entries have them (pipeline/tables/system-rows.ts). */
import { LeafEntries } from './leaf-entries';

/** Kinds of columns, as in pipeline/engine/leaf-packer.ts. */
export const NUMBERS: u32 = 0;
export const REGIONS: u32 = 1;
export const FIELDS: u32 = 2;
export const VALUES: u32 = 3;
export const FLAGS: u32 = 4;
export const STEPS: u32 = 5;

/** Offsets in the rest of an entry: the length of the region, and the region. */
const REGION_LENGTH: usize = 32;
const REGION: usize = 36;

/** A column in the description of a page: kind, offset, the length of its name, and the name. */
@unmanaged
export class Description {
  kind: u32;
  offset: i32;
  nameLength: u32;
}

/** Position of the description after another one. */
export function nextColumn(at: usize): usize {
  const length = changetype<Description>(at).nameLength;
  return at + offsetof<Description>() + ((length + 3) & ~3);
}

export function regionAt(entries: LeafEntries, entry: u32): usize {
  return entries.restAt(entry) + REGION;
}

export function regionEnd(entries: LeafEntries, entry: u32): usize {
  return regionAt(entries, entry) + load<u32>(entries.restAt(entry) + REGION_LENGTH);
}

/** Whether a system has fields, which lie after its region. */
export function hasFields(entries: LeafEntries): bool {
  for (let i: u32 = 0; i < entries.count; i++) if (regionEnd(entries, i) < entries.endAt(i)) return true;
  return false;
}
