/** Where the systems of a set are: what the camera needs for its first view. */
import type { Bounds } from '#client/index.ts';
import type { Room } from '#client/viewer/scene/rig.ts';

/** Share of the systems that the first view shows; a few far ones must not make it a picture of nothing. */
const SHARE = 0.9;
/** Radius of a set without any extent, such as a single system. */
const PLAIN = 1;
/** The least radius, by the largest coordinate of the centre: the camera needs digits between its places. */
const PRECISION = 1e-11;
/** Distance of neighbours where there are none, by the radius: their points are as large as those of near systems. */
const ALONE = 5;

/**
 * Measures a set by a sample of its systems.
 * @param bounds of all systems
 * @param systems number of all systems
 */
export function measureRoom(
  sample: readonly { readonly x: number; readonly y: number; readonly z: number }[],
  bounds: Bounds,
  systems: number,
): Room {
  const axes = (['x', 'y', 'z'] as const).map(axis => sample.map(row => row[axis]).sort((a, b) => a - b));
  const centre = axes.map(values => quantile(values, 0.5)) as [number, number, number];
  const distances = sample
    .map(row => Math.hypot(row.x - centre[0], row.y - centre[1], row.z - centre[2]))
    .sort((a, b) => a - b);
  const corners = centre.map((value, axis) => Math.max(value - bounds.min[axis]!, bounds.max[axis]! - value));
  const reach = Math.hypot(...corners);
  const least = PRECISION * Math.max(...centre.map(Math.abs));
  // Most systems may be on one point.
  const radius = Math.max(quantile(distances, SHARE) || reach || PLAIN, least);
  const extents = axes.map(values => quantile(values, 0.95) - quantile(values, 0.05));
  const volume = extents.reduce((product, extent) => product * Math.max(extent, radius / 100), 1);
  return {
    centre,
    radius,
    reach: Math.max(reach, radius),
    spacing: reach === 0 ? radius * ALONE : Math.cbrt(volume / Math.max(1, systems * SHARE)),
    up: upAxis(extents),
  };
}

/** The axis across a disc, if the systems form one; else z, which points north in astronomical frames. */
function upAxis(extents: readonly number[]): Room['up'] {
  const thinnest = extents.indexOf(Math.min(...extents));
  const others = extents.filter((_, axis) => axis !== thinnest);
  return extents[thinnest]! < 0.5 * Math.min(...others) ? (['x', 'y', 'z'] as const)[thinnest]! : 'z';
}

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? 0;
}
