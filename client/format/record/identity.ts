/** When two systems of one id are the same. FORMAT.md, section 19.2. */
import { jsonText } from '#format/json-text.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { System } from '#format/system.ts';

const NO_FIELDS: ReadonlySet<string> = new Set();

/**
 * All that a chunk set keeps of a system, as JSON: systems are identical if and only if these texts are equal. White
 * space, escapes, the spelling of numbers and the places of core columns do not count; the order of other fields does.
 */
export function identityText(system: System): string {
  const { id, name, region, x, y, z, derived } = system;
  return jsonText([id, name, region, x, y, z, derived, splitFields(system, NO_FIELDS).details]);
}
