import { expect, test } from 'vitest';
import { LeafFiles, type WrittenLeaf } from '#pipeline/octree/leaf-files.ts';
import { setContext } from '#pipeline/octree/set-context.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';

test('a leaf may have more chunks than a call of a function can have arguments', () => {
  const { set } = checkBuildOptions({ chunkLimit: 1, facets: 'none' });
  const leaves = new LeafFiles(setContext(set, nameContent));
  const ref = { kind: 'chunks', hash: '0'.repeat(40), length: 1 } as const;
  const chunk = { file: { ref, rows: 1, firstId: '', details: [] }, facets: undefined, leaves: [] };
  const chunks: WrittenLeaf['chunks'] = new Array<typeof chunk>(150_000).fill(chunk);
  const counts = { systems: chunks.length, planets: 0, moons: 0, stations: 0 };
  const bounds = { min: [0, 0, 0], max: [0, 0, 0] } as const;
  leaves.add({ kind: 'written leaf', bounds, counts, chunks, facets: [], samples: [] });
  expect(leaves.finish().chunks.length).toBe(chunks.length);
});
