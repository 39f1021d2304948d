/** Fields of a record that are columns of its chunk, not of its details. */
import { byteAt } from './json-reader';

/** True for `id`, `name`, `x`, `y`, `z` and `region`. */
export function isCoreField(key: usize, length: u32): bool {
  if (length === 1) return byteAt(key) - 0x78 < 3;
  if (length === 2) return load<u16>(key) === 0x6469;
  if (length === 4) return load<u32>(key) === 0x656d616e;
  return length === 6 && load<u32>(key) === 0x69676572 && load<u16>(key, 4) === 0x6e6f;
}
