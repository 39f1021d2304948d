import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { parseFacets, type SetOptions } from '#format/index.ts';
import type { Edit } from '#pipeline/index.ts';
import { type CatalogueEdit, edited, histories, records } from '#test/support/edit-histories.ts';
import { updated } from '#test/support/updated-sets.ts';
import { OPTIONS, writeSet } from '#test/support/written-sets.ts';

function upsertOf(fields: JsonObject): Edit {
  const { id, name, region, x, y, z } = fields as Record<string, never>;
  return {
    action: 'upsert',
    system: { id: id!, name: name!, region: region!, x: x!, y: y!, z: z!, derived: 0, fields },
  };
}

function editsOf({ upserted, deleted }: CatalogueEdit): Edit[] {
  return [...deleted.map((id): Edit => ({ action: 'delete', id })), ...upserted.map(upsertOf)];
}

const indexOf = (files: ReadonlyMap<string, Uint8Array>) =>
  JSON.parse(new TextDecoder().decode(files.get('index.json')));

const CASES: Record<string, Partial<SetOptions>> = {
  'with the options of small sets': { preview: { size: 1, field: null, order: 'lowest' } },
  'with listings, a summary and a small preload file': {
    chunkLimit: 2,
    summary: ['sentinel', 'size'],
    preload: 3_000,
    preview: { size: 1, field: 'size', order: 'highest' },
    search: { mode: 'words', fields: ['name', 'sentinel'] },
    listings: [
      { field: 'region', order: 'value', paths: ['region'] },
      { field: 'sentinel', order: 'value', paths: ['sentinel'] },
      { field: 'size', order: 'desc', paths: ['size'] },
    ],
  },
  'with all upper pages in the preload file, without search and facets': {
    preload: 1_000_000,
    facets: [],
    search: { mode: 'none', fields: [] },
  },
};

describe('an updated set is the one that a build makes of the edited catalogue', () => {
  test.each(Object.entries(CASES))('%s', async (_, changed) => {
    const options: SetOptions = {
      ...OPTIONS,
      facets: parseFacets('material=materials|planets.materials,region,sentinel'),
      ...changed,
    };
    await fc.assert(
      fc.asyncProperty(histories(records({ most: 3, length: 2 })), async ({ first, edits }) => {
        let catalogue = new Map(first.map(own => [own['id'] as string, own]));
        let files: ReadonlyMap<string, Uint8Array> = await writeSet(first, options);
        for (const edit of edits) {
          catalogue = edited(catalogue, edit);
          const next = await updated(files, editsOf(edit));
          const expected = await writeSet([...catalogue.values()], options);
          expect(indexOf(next)).toEqual(indexOf(expected));
          for (const path of expected.keys()) expect(next.has(path), path).toBe(true);
          files = next;
        }
      }),
      { numRuns: 40 },
    );
  });
});
