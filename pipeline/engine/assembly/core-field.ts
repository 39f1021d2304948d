/** Fields of a record that queries know, by their keys in UTF-8. */
import { byteAt } from './json-reader';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION } from './record-list';

export const OTHER: u32 = 0;
export const AXIS: u32 = 1;
export const ID: u32 = 2;
export const NAME: u32 = 3;
export const REGION: u32 = 4;

/** The core field with a key, or OTHER. */
export function coreField(key: usize, length: u32): u32 {
  if (length === 1) return byteAt(key) - 0x78 < 3 ? AXIS : OTHER;
  if (length === 2) return load<u16>(key) === 0x6469 ? ID : OTHER;
  if (length === 4) return load<u32>(key) === 0x656d616e ? NAME : OTHER;
  return length === 6 && load<u32>(key) === 0x69676572 && load<u16>(key, 4) === 0x6e6f ? REGION : OTHER;
}

/** Whether a field is a column of the chunk; `derived` are the bits of its record. */
export function isCoreColumn(field: u32, derived: u32): bool {
  if (field === AXIS) return true;
  if (field === ID) return (derived & DERIVED_ID) === 0;
  if (field === NAME) return (derived & DERIVED_NAME) === 0;
  return field === REGION && (derived & DERIVED_REGION) === 0;
}
