import { boxVolume, checkBox } from '#client/query/box.ts';
import { clipVolume } from '#client/query/convex.ts';
import type { BoxQuery, NearestQuery, SphereQuery } from '#client/query/types.ts';
import type { LimitedSphere } from '#client/query/validate.ts';
import { sphereVolume } from '#client/query/volume.ts';
import type { VolumeQuery } from './volume-search.ts';

/**
 * The volume of a box, or of a sphere clipped by planes.
 * @param sphere undefined for a box
 * @throws ArgumentError
 */
export function otherVolume(
  query: SphereQuery | NearestQuery | BoxQuery,
  sphere: LimitedSphere | undefined,
): VolumeQuery {
  if (!sphere) {
    const { box, limit } = checkBox(query as BoxQuery);
    return { volume: boxVolume(box), limit, what: 'systems in the box' };
  }
  const { planes = [] } = query as SphereQuery | NearestQuery;
  return { volume: clipVolume(sphereVolume(sphere), planes), limit: sphere.limit, what: 'systems in view' };
}
