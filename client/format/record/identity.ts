/** Decides when two systems with the same id are identical. FORMAT.md, section 19.2. */
import { jsonText } from '#format/json-text.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { System } from '#format/system.ts';

const NO_FIELDS: ReadonlySet<string> = new Set();

/**
 * Everything that a chunk set stores of a system, as JSON: systems are identical if and only if these strings are
 * equal. White space, escapes, the spelling of numbers and the order of core columns are ignored; the order of other
 * fields counts.
 */
export function identityText(system: System): string {
  const { id, name, region, x, y, z, derived } = system;
  return jsonText([id, name, region, x, y, z, derived, splitFields(system, NO_FIELDS).details]);
}
