/** The committed set of test/golden/, its catalogue and its options. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../client/format/index.ts';
import type { BuildOptions } from '../../pipeline/plan.ts';

const file = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

export const GOLDEN = {
  catalogue: file('catalogue.json'),
  set: file('set'),
  options: JSON.parse(readFileSync(file('options.json'), 'utf8')) as BuildOptions,
};

/** The systems of the catalogue, one by one or in the list of a region, and its `_meta`. */
export function goldenCatalogue(): { meta: JsonObject; systems: JsonObject[] } {
  const { _meta: meta, ...systems } = JSON.parse(readFileSync(GOLDEN.catalogue, 'utf8'));
  return { meta, systems: Object.values(systems as JsonObject).flat() as JsonObject[] };
}
