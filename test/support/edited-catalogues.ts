/** Catalogues before and after edits. */
import fc from 'fast-check';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';

export const GALAXY = [...galaxySystems({ count: 3_000 })] as unknown as JsonObject[];

/** A catalogue after some edits: systems that go, come, move, are renamed, or change deep inside. */
export const edited = fc
  .record({
    from: fc.nat(2_000),
    count: fc.constantFrom(0, 1, 30, 700),
    edits: fc.array(
      fc.tuple(fc.nat(2_999), fc.constantFrom('remove', 'add', 'move', 'rename', 'planet', 'far')),
      {
        maxLength: 12,
      },
    ),
  })
  .map(({ from, count, edits }) => {
    const before = GALAXY.slice(from, from + count);
    const after = new Map(before.map(record => [record['id'] as string, record]));
    for (const [nth, edit] of edits) {
      const record = edit === 'add' || count === 0 ? GALAXY[nth]! : before[nth % count]!;
      const id = record['id'] as string;
      if (edit === 'remove') after.delete(id);
      else if (edit === 'add') after.set(id, record);
      else if (edit === 'rename') after.set(id, { ...record, name: `${record['name']} II` });
      else if (edit === 'move') after.set(id, { ...record, x: (record['x'] as number) + 100 });
      else if (edit === 'far') after.set(id, { ...record, z: 1e9 });
      else after.set(id, { ...record, planets: [{ name: 'New', moons: [] }] });
    }
    return { before, after: [...after.values()] };
  });
