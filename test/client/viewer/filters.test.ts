import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FacetValue } from '#client/index.ts';
import {
  admits,
  boundsIn,
  decodeFilters,
  encodeFilters,
  type FacetChoice,
  type FieldFilter,
  type Filters,
  filterParts,
  hasChoice,
  toggleExcluded,
  toggleValues,
  whereOf,
  withChoice,
} from '#client/viewer/data/filters.ts';

const value: fc.Arbitrary<FacetValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '5',
    'true',
    '1..2',
    '..',
    'a|b',
    'a=b',
    '\\',
    '"',
    '__proto__',
    ' ',
    '-',
    ' 5',
    'true ',
    '\t"x"',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
  fc.boolean(),
);
const bound = fc.option(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
  {
    nil: undefined,
  },
);
const choice: fc.Arbitrary<FacetChoice> = fc.oneof(
  fc.uniqueArray(value, { minLength: 1, maxLength: 5 }).map(values => ({ values })),
  fc.record({ from: bound, to: bound }).filter(({ from, to }) => (from ?? to) !== undefined),
);
const filter: fc.Arbitrary<FieldFilter> = fc
  .tuple(fc.option(choice, { nil: {} }), fc.option(fc.uniqueArray(value, { minLength: 1, maxLength: 3 })))
  .filter(([choice, not]) => Object.keys(choice).length > 0 || not !== null)
  .map(([choice, not]) => ({ ...choice, ...(not && { not }) }));
const field = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('a!', '!', 'a\\!', '\\', '__proto__', 'a='),
);
const filters: fc.Arbitrary<Filters> = fc
  .uniqueArray(fc.tuple(field, filter), { selector: ([field]) => field, maxLength: 4 })
  .map(entries => new Map(entries));

test('filters come back from a link as they were', () => {
  fc.assert(
    fc.property(filters, before => {
      expect(decodeFilters(encodeFilters(before))).toEqual(before);
    }),
  );
});

test('any text is read as some filters, or none', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), texts => {
      expect(whereOf(decodeFilters(texts)) ?? {}).toBeTypeOf('object');
    }),
  );
});

test('links of common filters are readable', () => {
  const shown: Filters = new Map<string, FieldFilter>([
    ['material', { values: ['Iron', 'Gold'], not: ['Coal', 'Lead'] }],
    ['magnitude', { from: 2, to: undefined }],
    ['multiple', { values: [true] }],
    ['code', { values: ['5', 5] }],
  ]);
  expect(encodeFilters(shown)).toEqual([
    'material=Iron|Gold',
    'material!=Coal|Lead',
    'magnitude=2..',
    'multiple=true',
    'code="5"|5',
  ]);
});

test('values are added, and removed when they are all there', () => {
  const iron = toggleValues(new Map(), 'material', ['Iron']);
  const both = toggleValues(iron, 'material', ['Gold', 'Iron']);
  expect(whereOf(both)).toEqual([{ material: ['Gold', 'Iron'] }]);
  expect(whereOf(toggleValues(both, 'material', ['Gold']))).toEqual([{ material: ['Iron'] }]);
  expect(toggleValues(iron, 'material', ['Iron']).size).toBe(0);
  expect(whereOf(new Map())).toBeUndefined();
});

test('bounds are conditions on numbers, and an empty choice removes the filter', () => {
  const bounded = withChoice(new Map(), 'magnitude', { from: 1, to: 3 });
  expect(whereOf(bounded)).toEqual([{ magnitude: { gte: 1, lt: 3 } }]);
  expect(whereOf(withChoice(bounded, 'magnitude', { from: undefined, to: 3 }))).toEqual([
    { magnitude: { lt: 3 } },
  ]);
  expect(withChoice(bounded, 'magnitude', { from: undefined, to: undefined }).size).toBe(0);
  expect(withChoice(bounded, 'magnitude', undefined).size).toBe(0);
});

test('a value is excluded or chosen, never both, and each part of a filter can be removed', () => {
  const iron = toggleValues(new Map(), 'material', ['Iron', 'Gold']);
  const notGold = toggleExcluded(iron, 'material', 'Gold');
  expect(whereOf(notGold)).toEqual([{ material: ['Iron'] }, { material: { not: ['Gold'] } }]);
  expect(whereOf(toggleValues(notGold, 'material', ['Gold']))).toEqual([{ material: ['Iron', 'Gold'] }]);
  expect(whereOf(toggleExcluded(notGold, 'material', 'Gold'))).toEqual([{ material: ['Iron'] }]);
  const bounded = withChoice(toggleExcluded(new Map(), 'magnitude', 2), 'magnitude', { from: 1 });
  expect(whereOf(bounded)).toEqual([{ magnitude: { gte: 1 } }, { magnitude: { not: [2] } }]);
  const [chosen, excluded] = filterParts(notGold);
  expect([chosen?.label, excluded?.label]).toEqual(['material: Iron', 'material: not Gold']);
  expect(whereOf(chosen!.rest)).toEqual([{ material: { not: ['Gold'] } }]);
  expect(whereOf(excluded!.rest)).toEqual([{ material: ['Iron'] }]);
  expect(whereOf(filterParts(excluded!.rest)[0]!.rest)).toBeUndefined();
});

test('a filter has a choice only if it accepts values, and a value passes unless it is excluded', () => {
  const bins: FacetChoice[] = [
    { from: undefined, to: 2 },
    { from: 2, to: 5 },
    { from: 5, to: undefined },
  ];
  const held = (filters: Filters) => bins.map(bin => hasChoice(filters, 'magnitude', bin));
  const excluding = toggleExcluded(new Map(), 'magnitude', 3);
  expect(held(excluding)).toEqual([false, false, false]);
  expect(held(withChoice(excluding, 'magnitude', bins[1]))).toEqual([false, true, false]);
  expect(held(withChoice(excluding, 'magnitude', { to: 5 }))).toEqual([true, true, false]);
  expect(boundsIn(withChoice(excluding, 'magnitude', { to: 5 }), 'magnitude')).toMatchObject({ to: 5 });
  const iron = toggleValues(new Map(), 'material', ['Iron']);
  expect(held(iron)).toEqual([false, false, false]);
  expect(boundsIn(iron, 'material')).toEqual({});
  expect(hasChoice(iron, 'material', { values: ['Iron'] })).toBe(true);
  expect(hasChoice(iron, 'material', { values: ['Iron', 'Gold'] })).toBe(false);
  const passing = (filters: Filters) =>
    ['Iron', 'Gold', 'Coal'].filter(value => admits(filters, 'material', value));
  expect(passing(iron)).toEqual(['Iron']);
  expect(passing(excluding)).toEqual(['Iron', 'Gold', 'Coal']);
  expect(passing(toggleExcluded(new Map(), 'material', 'Gold'))).toEqual(['Iron', 'Coal']);
  expect(passing(toggleExcluded(iron, 'material', 'Gold'))).toEqual(['Iron']);
  expect(passing(withChoice(new Map(), 'material', { from: 1 }))).toEqual([]);
});
