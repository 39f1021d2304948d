/** Systems in a sphere, a shell or a box, in SQL. */
import { centreOf, type LimitedBox } from '#client/query/box.ts';
import { checkPlanes, type Plane } from '#client/query/convex.ts';
import type { SphereRow } from '#client/query/types.ts';
import type { LimitedSphere } from '#client/query/validate.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import { type Parameters, ROW, rowOf, type SystemsDatabase } from './systems-database.ts';

/**
 * The first systems that have certain distances from a point, lie in a box and are inside of all planes; distances and box
 * may be infinite.
 */
export interface Space extends LimitedSphere {
  readonly box: Bounds;
  readonly planes: readonly Plane[];
}

/** @throws ArgumentError for invalid planes */
export function sphereSpace(sphere: LimitedSphere, planes: readonly Plane[]): Space {
  checkPlanes(planes);
  return {
    ...sphere,
    planes,
    box: { min: [-Infinity, -Infinity, -Infinity], max: [Infinity, Infinity, Infinity] },
  };
}

export function boxSpace({ box, limit }: LimitedBox): Space {
  return { center: centreOf(box), minRadius: 0, radius: Number.POSITIVE_INFINITY, box, limit, planes: [] };
}

/** The rows of a space, nearest first, ties by id. */
export function* rowsInSpace(
  database: SystemsDatabase,
  { center, radius, minRadius, box, limit, planes }: Space,
): Generator<SphereRow> {
  const parameters: Parameters = {
    minRadius,
    radius,
    limit: limit === Number.POSITIVE_INFINITY ? -1 : limit,
  };
  const conditions = (['x', 'y', 'z'] as const).map((name, axis) => {
    const [at, low, high] = [center[axis]!, box.min[axis]!, box.max[axis]!];
    // Wider than the space by more than any rounding error: the column lets SQLite use an index, but never decides.
    const slack = (Math.abs(at) + Math.min(radius, high - low)) * 2 ** -50 + 1e-150;
    parameters[name] = at;
    parameters[`${name}_low`] = low;
    parameters[`${name}_high`] = high;
    parameters[`${name}_from`] = Math.max(low, at - radius) - slack;
    parameters[`${name}_to`] = Math.min(high, at + radius) + slack;
    return `own_${name} BETWEEN :${name}_from AND :${name}_to AND ${name} BETWEEN :${name}_low AND :${name}_high`;
  });
  planes.forEach((plane, i) => {
    const [a, b, c, d] = plane.map((value, nth) => {
      parameters[`plane_${i}_${nth}`] = value;
      return `:plane_${i}_${nth}`;
    });
    conditions.push(`${a} * x + ${b} * y + ${c} * z + ${d} >= 0`);
  });
  const rows = database.rows(
    `SELECT ${ROW}, distance FROM (
       SELECT ${ROW}, sqrt((x - :x) * (x - :x) + (y - :y) * (y - :y) + (z - :z) * (z - :z)) AS distance
       FROM usable
       WHERE ${conditions.join(' AND ')}
     )
     WHERE distance BETWEEN :minRadius AND :radius ORDER BY distance, ${database.sortKey('id')} LIMIT :limit`,
    parameters,
  );
  for (const row of rows) yield { ...rowOf(row), distance: row['distance'] as number };
}
