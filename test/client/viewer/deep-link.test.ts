import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_FILTERS } from '#client/viewer/data/filters.ts';
import { decodeView, encodeView } from '#client/viewer/deep-link.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e19, max: 1e19 });
const point = fc.tuple(number, number, number);

test('a view comes back from its link, the camera within a thousandth of its distance', () => {
  const view = fc.record({
    eye: point,
    target: point,
    selected: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    colour: fc.option(fc.string(), { nil: undefined }),
    showsOthers: fc.boolean(),
    showsGrid: fc.boolean(),
  });
  fc.assert(
    fc.property(view, before => {
      const distance = Math.hypot(...before.eye.map((value, axis) => value - before.target[axis]!));
      fc.pre(distance > 1e-6 && Math.hypot(...before.eye) < distance * 1e9);
      const { eye, target, ...after } = decodeView(`#${encodeView({ ...before, filters: NO_FILTERS })}`);
      const { eye: _eye, target: _target, ...state } = before;
      expect(after).toEqual({ ...state, filters: new Map() });
      for (const axis of [0, 1, 2]) {
        expect(Math.abs(eye![axis]! - before.eye[axis]!)).toBeLessThan(distance / 500);
        expect(Math.abs(target![axis]! - before.target[axis]!)).toBeLessThan(distance / 500);
      }
    }),
  );
});

test('a link is readable, and one with mistakes is read as far as it can be', () => {
  const filters = new Map([['region', { values: ['Lyra'] }]]);
  const link = encodeView({
    ...{ eye: [1, 2, 2.71549], target: [0, 0, 0], selected: 'SYS_SOL', colour: 'region', filters },
    ...{ showsOthers: true, showsGrid: false },
  });
  expect(link).toBe('eye=1,2,2.715&at=0,0,0&system=SYS_SOL&colour=region&where=region=Lyra&grid=0');
  expect(decodeView('#eye=1,2&at=0,0,0&system=A&&&=').eye).toBeUndefined();
  expect(decodeView('#eye=0,0,0&at=0,0,0').eye).toBeUndefined();
  expect(decodeView('#eye=1,2,x&at=0,0,0').eye).toBeUndefined();
  expect(decodeView('').filters.size).toBe(0);
});
