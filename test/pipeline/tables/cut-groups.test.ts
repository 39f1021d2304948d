import { expect, test } from 'vitest';
import { CutGroup } from '#pipeline/tables/cut-groups.ts';

const rowOf = (id: string) => ({ id, name: id, region: 'R', x: 0, y: 0, z: 0 });
const removed = (id: string) => ({ key: [id, id], before: rowOf(id) });

test('no row is looked for after the last one of a group if all systems without a row are removed', () => {
  const stored = ['a', 'b', 'c'].map(rowOf);
  const one = new CutGroup(stored, 2, [removed('b'), removed('d')], 3);
  expect(one.last).toEqual(rowOf('c'));
  one.offer(rowOf('e'));
  expect(one.last).toBeUndefined();
  expect(one.rows().map(({ id }) => id)).toEqual(['a', 'c', 'e']);
  expect(new CutGroup(stored, 1, [removed('b'), removed('d')], 3).last).toBeUndefined();
  expect(new CutGroup(stored, 1, [removed('b')], 3).last).toEqual(rowOf('c'));
});
