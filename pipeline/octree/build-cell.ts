/**
 * Builds the part of the octree for the systems of a cell. A cell with more systems than the chunk limit is divided
 * into the octants of the smallest cell that contains them; any other is a leaf.
 */
import { boundsOf, isOnePoint, noBounds, widen } from '#format/geometry/bounds.ts';
import { type Bounds, cellOf, octantOf } from '#format/geometry/cell.ts';
import type { SetOptions } from '#format/index-json.ts';
import type { Counts } from '#format/system.ts';
import { compareText } from '#format/utf8.ts';
import { type OpenLeaf, type WrittenLeaf, writeLeaves } from './leaf-files.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import { innerTree, leafTree, type Subtree } from './subtree.ts';

/** Result of a cell: a leaf that may share a chunk with its siblings, a leaf that cannot, or a subtree. */
export type BuiltCell = OpenLeaf | WrittenLeaf | { readonly kind: 'tree'; readonly tree: Subtree };

/** True if the systems of a bounding box are one leaf: at most the chunk limit, or all coincident. */
export function isLeaf(
  systems: number,
  bounds: Bounds,
  { chunkLimit }: Pick<SetOptions, 'chunkLimit'>,
): boolean {
  return systems <= chunkLimit || isOnePoint(bounds);
}

/**
 * Builds the octree of one or more systems.
 * @param bounds their bounding box
 */
export function buildCell(
  systems: readonly CountedSystem[],
  context: SetContext,
  bounds: Bounds = boundsOf(systems),
): BuiltCell {
  if (isLeaf(systems.length, bounds, context.options)) {
    const sorted = systems.toSorted((a, b) => compareText(a.id, b.id));
    return { kind: 'leaf', bounds, counts: countsOf(sorted), systems: sorted };
  }
  const cell = cellOf(bounds);
  const octants = Array.from({ length: 8 }, () => ({ systems: [] as CountedSystem[], bounds: noBounds() }));
  for (let i = 0; i < systems.length; i++) {
    const system = systems[i]!;
    const { x, y, z } = system;
    const octant = octants[octantOf(cell, x, y, z)]!;
    octant.systems.push(system);
    widen(octant.bounds, x, y, z);
  }
  const children = octants.filter(octant => octant.systems.length > 0);
  return joinCells(
    children.map(child => buildCell(child.systems, context, child.bounds)),
    context,
  );
}

/** A leaf with the given systems, which are in order of id. */
export function openLeaf(systems: readonly CountedSystem[]): OpenLeaf {
  return { kind: 'leaf', bounds: boundsOf(systems), counts: countsOf(systems), systems };
}

/** Creates the node above the results of its octants, in Morton order. A single result needs no node. */
function joinCells(children: BuiltCell[], context: SetContext): BuiltCell {
  if (children.length === 1) return children[0]!;
  const own = writeLeaves(
    children.filter(child => child.kind !== 'tree'),
    context,
  );
  const others = children.filter(child => child.kind === 'tree').map(child => child.tree);
  return { kind: 'tree', tree: innerTree(own, others, context) };
}

/** The complete octree. */
export function closeCell(result: BuiltCell, context: SetContext): Subtree {
  return result.kind === 'tree' ? result.tree : leafTree(writeLeaves([result], context));
}

/** Numbers of some systems and of their bodies. */
export function countsOf(all: readonly CountedSystem[]): Counts {
  let planets = 0;
  let moons = 0;
  let stations = 0;
  for (let i = 0; i < all.length; i++) {
    const { counts } = all[i]!;
    planets += counts.planets;
    moons += counts.moons;
    stations += counts.stations;
  }
  return { systems: all.length, planets, moons, stations };
}
