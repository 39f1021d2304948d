/** The columns of table pages with systems: positions, regions and summary fields. */

import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import { packStrings } from '#format/columns/strings.ts';
import { packTable, unpackTable, weightOf } from '#format/columns/values.ts';
import type { Position } from '#format/geometry/bounds.ts';
import type { Packable } from '#format/pack.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf } from '#format/utf8.ts';

/** Weight of a number in a row. */
export const NUMBER_WEIGHT = 4;

const AXES = ['x', 'y', 'z'] as const;

export function packPositions(rows: readonly Position[]): Record<string, Packable> {
  return Object.fromEntries(AXES.map(axis => [axis, packNumbers(rows.map(row => row[axis]))]));
}

export function unpackPositions(file: Record<string, unknown>, count: number): Float64Array[] {
  return AXES.map(axis => unpackNumbers(file[axis], count));
}

export function packFields(rows: readonly SystemRow[]): Record<string, Packable> {
  if (rows.every(({ fields }) => fields === undefined)) return {};
  return { fields: packTable(rows.map(({ fields }) => fields ?? {})) };
}

export function fieldsWeight({ fields }: SystemRow): number {
  return fields === undefined ? 0 : weightOf(fields);
}

/** Weight of the region in a row. */
export function regionWeight({ region }: SystemRow): number {
  return lengthOf(region) + 1;
}

export function packRegions(rows: readonly SystemRow[]): Record<string, Packable> {
  return { region: packStrings(rows.map(row => row.region)) };
}

/** Strings of systems; a single region counts for all. */
interface SystemTexts {
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[] | string;
}

/** Systems from their strings, which may be the keys of a page, and from the other columns. */
export function systemsOf(
  { id, name, region }: SystemTexts,
  file: Record<string, unknown>,
  count: number,
): SystemRow[] {
  const [x, y, z] = unpackPositions(file, count) as [Float64Array, Float64Array, Float64Array];
  const fields = file['fields'] === undefined ? undefined : unpackTable(file['fields'], count);
  return Array.from({ length: count }, (_, i) => {
    const own = fields?.[i];
    return {
      id: id[i]!,
      name: name[i]!,
      x: x[i]!,
      y: y[i]!,
      z: z[i]!,
      region: typeof region === 'string' ? region : region[i]!,
      ...(own && Object.keys(own).length > 0 && { fields: own }),
    };
  });
}
