/** The example of test/vectors/. `npm run vectors` writes its listings, from files as they are built. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decode } from '@msgpack/msgpack';
import { type FileRef, pathOf, type SetIndex, treeOfPage, unpackTreePage } from '#format/index.ts';
import { build } from '#pipeline/index.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import { listing, type Notes } from './walk.ts';

const EXAMPLE = fileURLToPath(new URL('../vectors/example.md', import.meta.url));

/** The text of a fenced block, by what stands after its fence. */
export const block = (text: string, name: string): string => {
  const found = new RegExp(`^\`\`\`${name}\n(.*?)\n\`\`\`$`, 'ms').exec(text);
  if (!found) throw new Error(`example.md has no block "${name}"`);
  return found[1]!;
};

export const exampleText = (): string => readFileSync(EXAMPLE, 'utf8');

const PLANETS = 'fields[2]';
const MOONS = `${PLANETS}[2][4]`;

const NOTES: Record<string, Notes> = {
  'text page': {
    kind: 'inner, leaf, leaf, leaf',
    children: 'of the one inner node: 3',
    systems: '3, 1, 1, 1',
    'systems[0]': 'scale',
    'systems[1]': 'base',
    'systems[2]': 'planes: 1 byte a value',
    planets: '2, 0, 0, 2',
    moons: '1, 0, 0, 1',
    stations: 'width 0: all are the base, 0',
    'min[0]': 'x, scaled: -7.5, 5.25, -7.5, 0',
    'min[0][2]': 'offsets 0, 0x04fb, 0, 0x02ee',
    'min[1]': 'y, scaled: -3, -3, 2.1, 0',
    'min[2]': 'z, floats: -1, -1, 1/3, 0',
    'max[0]': 'x: 5.25, 5.25, -7.5, 0',
    'max[1]': 'y: 2.1, -3, 2.1, 0',
    'max[2]': 'z: 1/3, -1, 1/3, 0',
    branches: 'none',
    'previews[0]': 'previewRows of the one inner node: 0',
    'previews[1]': 'hashes: none',
    'previews[2]': 'lengths: none',
    'chunks[0]': 'count',
    'chunks[1]': 'hashes: a7f3bc…, d6…',
    'chunks[2]': 'lengths: 121, 64',
    'chunks[3]': 'rows: 2, 1',
    'chunks[4]': 'firstIds, as a dictionary: "", ""',
    'chunks[5]': 'parts: 1, 1',
    'details[0]': 'hashes: c88f7e…, efb707…',
    'details[1]': 'lengths: 32, 112',
    'details[2]': 'rows: 2, 1',
    'details[3]': 'firstIds',
  },
  'text chunk': {
    id: 'texts, plain',
    x: 'scaled: 5.25, -7.5',
    y: 'scaled: -3, 2.1',
    z: 'floats: -1, 1/3',
    derived: '4 (region), 0',
  },
  'text overview': {
    id: 'in the order of samples: s3, s1, s2',
    derived: '4 (region), 0, 0',
  },
  'text details': {
    'fields[0]': 'shapes',
    'fields[1]': 'rows: 0',
    [PLANETS]: 'planets: 1 value',
    [`${PLANETS}[0]`]: 'all lists',
    [`${PLANETS}[1]`]: 'lengths: 2',
    [`${PLANETS}[2]`]: 'elements: 2 values',
    [`${PLANETS}[2][0]`]: 'all objects',
    [`${PLANETS}[2][1]`]: 'shapes',
    [`${PLANETS}[2][2]`]: 'rows: 0, 1',
    [`${PLANETS}[2][3]`]: 'name: 2 values',
    [`${PLANETS}[2][3][0]`]: 'all texts',
    [MOONS]: 'moons: 1 value',
    [`${MOONS}[1]`]: 'lengths: 1',
    [`${MOONS}[2]`]: 'elements: 1 value',
  },
  'text names': {
    level: 'a leaf page',
    key: 'names and ids, front-coded',
    'key[0][0]': 'code points shared: 0, 0, 0',
    'key[0][1]': 'rests',
    'key[1][0]': '0, 1, 1',
    x: '5.25, 0, -7.5',
    y: '-3, 0, 2.1',
    z: 'floats: -1, 0, 1/3',
  },
  'text listings': {
    systems: '2, 1',
    min: 'lowest x, y, z',
    'min[0]': '-7.5, 5.25',
    'min[1]': '0, -3',
    'min[2]': '0, -1',
    'max[0]': '0, 5.25',
    'max[1]': '2.1, -3',
    'max[2]': 'floats: 1/3, -1',
    sharded: 'both values are small',
    hashes: 'of shards: none',
  },
};

/** The listings of the example's files, by the names of their blocks, from a build of its catalogue. */
export async function exampleListings(text: string): Promise<Record<string, string>> {
  const { path: folder, remove } = temporaryFolder();
  try {
    const catalogue = join(folder, 'catalogue.ndjson');
    const set = join(folder, 'set');
    writeFileSync(catalogue, block(text, 'json catalogue'));
    await build([catalogue], set, { chunkLimit: 2 });
    const index = readFileSync(join(set, 'index.json'), 'utf8');
    const contentOf = (ref: FileRef) => gunzipSync(readFileSync(join(set, pathOf(ref))));
    const list = (name: string, ref: FileRef) =>
      `${pathOf(ref)}, ${ref.length} bytes\n\n${listing(contentOf(ref), NOTES[name])}`;
    const { tree, overview, tables } = JSON.parse(index) as SetIndex;
    const root: FileRef = { kind: 'tree', ...tree! };
    const top = treeOfPage(unpackTreePage(decode(contentOf(root)) as Record<string, unknown>));
    if (top.kind !== 'inner') throw new Error('the example is a single leaf');
    const chunks = top.children.flatMap(child => (child.kind === 'leaf' ? child.spans : []));
    return {
      'json index': index,
      'text page': list('text page', root),
      'text chunk': list('text chunk', chunks[0]!.chunk.ref),
      'text overview': list('text overview', { kind: 'previews', ...overview! }),
      'text details': list('text details', chunks[2]!.chunk.details[0]!.ref),
      'text names': list('text names', { kind: 'names', ...tables.names! }),
      'text listings': list('text listings', { kind: 'listings', ...tables.listings! }),
    };
  } finally {
    remove();
  }
}

/** Writes the listings into the example. */
export async function writeExample(): Promise<void> {
  let text = exampleText();
  for (const [name, written] of Object.entries(await exampleListings(text))) {
    text = text.replace(`\`\`\`${name}\n${block(text, name)}`, () => `\`\`\`${name}\n${written}`);
  }
  writeFileSync(EXAMPLE, text);
}
