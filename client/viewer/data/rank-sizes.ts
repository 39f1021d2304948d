/** Larger points for the systems that a set ranks first, such as the brightest stars. */
import type { JsonObject, SystemRow, Tileset } from '#client/index.ts';

/** Factor of the size of a point, by the fields of its system. */
export type SizeOf = (fields: JsonObject | undefined) => number;

const [LARGEST, SMALLEST] = [2.6, 0.8];

/** Sizes by the field that chooses the systems of previews, if rows have it; else undefined. */
export function rankSizes({ options }: Tileset, sample: readonly SystemRow[]): SizeOf | undefined {
  const { field, order } = options.preview;
  if (field === null || !options.summary.includes(field)) return undefined;
  const sign = order === 'lowest' ? 1 : -1;
  const ranked = sample
    .flatMap(({ fields }) => {
      const value = fields?.[field];
      return typeof value === 'number' ? [value * sign] : [];
    })
    .sort((a, b) => a - b);
  return fields => {
    const value = fields?.[field];
    if (typeof value !== 'number' || ranked.length === 0) return SMALLEST;
    const share = lowerBound(ranked, value * sign) / ranked.length;
    return SMALLEST + (LARGEST - SMALLEST) * (1 - share) ** 2;
  };
}

function lowerBound(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
