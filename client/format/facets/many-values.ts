/** The nodes of a facet page that have too many values to be listed. FORMAT.md, 20.4. */
import { unpackBits } from './bits.ts';
import { unpackFields } from './facet-file.ts';

/**
 * Returns, for each field of a facet page that lists no values because those of all its nodes together are too heavy, the
 * bits of the nodes of more than 256 values. In the column of any other field, `any` says this of a node.
 * @throws Error if they are not valid
 */
export function unpackManyValues(
  file: Record<string, unknown>,
  nodes: number,
): Map<string, Uint8Array | undefined> {
  return unpackFields(file, ({ 6: many }) =>
    many === undefined ? undefined : unpackBits(many, nodes).slice(),
  );
}
