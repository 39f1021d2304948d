import type { SystemRow } from '#format/system-row.ts';

/** A row of a system without the other columns of its table. */
export function plainRow({ id, name, x, y, z, region, fields }: SystemRow): SystemRow {
  return { id, name, x, y, z, region, ...(fields && { fields }) };
}
