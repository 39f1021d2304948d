/** How far apart systems are from their neighbours: the size of their points, and whether their names have room. */

/** Systems of a part of space that get the same distance. */
const TOGETHER = 8;

/**
 * Returns the typical distance of each point to its neighbours: space is halved at medians until few points are left.
 * Points on one spot get the distance 0.
 */
export function localSpreads(x: Float64Array, y: Float64Array, z: Float64Array): Float32Array {
  const spreads = new Float32Array(x.length);
  const order = Uint32Array.from(x, (_, index) => index);
  const axes = [x, y, z];
  const extents: [number, number, number] = [0, 0, 0];
  const parts: [start: number, end: number][] = [[0, x.length]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [start, end] = part;
    for (let axis = 0; axis < 3; axis++) extents[axis] = extentOf(axes[axis]!, order, start, end);
    const longest = Math.max(...extents);
    if (end - start <= TOGETHER || longest === 0) {
      const spread = spreadIn(extents, end - start);
      for (let i = start; i < end; i++) spreads[order[i]!] = spread;
      continue;
    }
    const middle = (start + end) >> 1;
    select(axes[extents.indexOf(longest)]!, order, start, end - 1, middle);
    parts.push([start, middle], [middle, end]);
  }
  return spreads;
}

/** Typical distance of neighbours among points that fill a box evenly; a flat box counts as a thin slab. */
function spreadIn(extents: readonly number[], points: number): number {
  const longest = Math.max(...extents);
  const volume = extents.reduce((product, extent) => product * Math.max(extent / longest || 0, 0.05), 1);
  return longest * Math.cbrt(volume / Math.max(1, points - 1));
}

function extentOf(axis: Float64Array, order: Uint32Array, start: number, end: number): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const value = axis[order[i]!]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return Math.max(0, high - low);
}

/** Hoare's selection: afterwards no value before `nth` is above it, and none behind it is below. */
function select(axis: Float64Array, order: Uint32Array, first: number, last: number, nth: number): void {
  let [left, right] = [first, last];
  while (left < right) {
    const pivot = axis[order[(left + right) >> 1]!]!;
    let [i, j] = [left, right];
    while (i <= j) {
      while (axis[order[i]!]! < pivot) i++;
      while (axis[order[j]!]! > pivot) j--;
      if (i > j) break;
      const held = order[i]!;
      order[i++] = order[j]!;
      order[j--] = held;
    }
    if (nth <= j) right = j;
    else if (nth >= i) left = i;
    else return;
  }
}
