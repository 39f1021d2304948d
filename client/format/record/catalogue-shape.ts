/** The shapes of catalogues in JSON that Haven writes and reads. */

/** Keys of strings beside the systems. */
export const PROSE = new Set(['$schema', 'title', 'description']);

/** Members that contain the systems of a catalogue, if they are arrays or objects. */
export const WRAPPERS = new Set(['systems', 'data']);

const COORDINATES = new Set(['x', 'y', 'z', 'x_cords', 'y_cords', 'z_cords']);
const NAMING = new Set(['id', 'id64', 'name', 'region']);

/**
 * Whether an object is a system or contains systems; undefined if unknown. Scalar coordinates mean a system;
 * `systems` or `data` with an object or array mean a catalogue, and so does `_meta` beside an object or array; then a
 * scalar id, id64, name or region means a system, and so does a scalar `type` beside a nested `geometry` (a GeoJSON
 * Feature); then any object or array means a catalogue.
 * @param members key of each member, and whether its value is an object or array
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
