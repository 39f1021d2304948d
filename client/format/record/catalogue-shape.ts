/** How a catalogue in JSON holds its systems: the shapes that Haven writes and reads. */

/** Keys of texts that stand beside the systems. */
export const PROSE = new Set(['$schema', 'title', 'description']);

/** Members that hold the systems of a catalogue, where they are lists or objects. */
export const WRAPPERS = new Set(['systems', 'data']);

const COORDINATES = new Set(['x', 'y', 'z', 'x_cords', 'y_cords', 'z_cords']);
const NAMING = new Set(['id', 'id64', 'name', 'region']);

/**
 * Is an object a system, or does it hold systems? Scalar coordinates are a system's; `systems` or `data` with an
 * object or list is a catalogue's, and so is `_meta` beside one; then a scalar id, id64, name or region is a system's,
 * and so is a scalar `type` beside a nested `geometry` (a GeoJSON Feature); then any object or list is a catalogue's.
 * @param members key of each member, and whether its value is an object or a list
 */
export function kindOfMembers(
  members: Iterable<readonly [key: string, nested: boolean, ...rest: unknown[]]>,
): 'record' | 'container' | undefined {
  let meta = false;
  let wrapper = false;
  let named = false;
  let holds = false;
  let typed = false;
  let geometry = false;
  for (const [key, nested] of members) {
    if (!nested && COORDINATES.has(key)) return 'record';
    if (key === '_meta') meta = true;
    else if (key === 'type' && !nested) typed = true;
    else if (nested && WRAPPERS.has(key)) wrapper = true;
    else if (!nested && NAMING.has(key)) named = true;
    else if (nested && !key.startsWith('_')) holds = true;
    if (key === 'geometry' && nested) geometry = true;
  }
  if (wrapper || (meta && holds)) return 'container';
  if (named || (typed && geometry)) return 'record';
  return holds ? 'container' : undefined;
}
