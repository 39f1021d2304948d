import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FacetValue } from '#client/index.ts';
import { colourScheme } from '#client/viewer/data/colour-scheme.ts';
import { SPECTRAL } from '#client/viewer/data/colours.ts';

const schemeOf = (counts: readonly (readonly [value: FacetValue, systems: number])[], isFacet = true) =>
  colourScheme({
    field: 'field',
    counts: counts.map(([value, systems]) => ({ value, systems })),
    isExact: true,
    isFacet,
  });

test('frequent values have the first entries, and each its own colour', () => {
  const scheme = schemeOf([...Array.from({ length: 30 }, (_, i) => [`value ${i}`, i + 1] as const)]);
  expect(scheme.entries.map(({ label }) => label).slice(0, 3)).toEqual(['value 29', 'value 28', 'value 27']);
  expect(new Set(scheme.entries.map(({ colour }) => colour)).size).toBe(12);
  expect(scheme.others).toBe(18);
  const [first] = scheme.entries;
  expect(scheme.colours[scheme.slotOf(['value 29'])]).toBe(first!.colour);
  // A system of several values has the colour of one that the legend shows.
  expect(scheme.slotOf(['value 1', 'value 29'])).toBe(scheme.slotOf(['value 29']));
  expect(first!.choice).toEqual({ values: ['value 29'] });
});

test('types of stars have the colours of their classes, in the order of their temperatures', () => {
  const scheme = schemeOf([
    ['M4V', 50],
    ['G2V', 5],
    ['K?', 9],
    ['DA2', 3],
    ['M5.5V', 7],
  ]);
  expect(scheme.entries.map(({ label, systems }) => [label, systems])).toEqual([
    ['G', 5],
    ['K', 9],
    ['M', 57],
    ['D: white dwarfs', 3],
  ]);
  expect(scheme.colours[scheme.slotOf(['M9V'])]).toBe(SPECTRAL['M']);
  expect(scheme.entries[2]!.choice).toEqual({ values: ['M4V', 'M5.5V'] });
});

test('words that name a colour or a level have it', () => {
  const scheme = schemeOf([
    ['Blue', 3],
    ['Red', 2],
  ]);
  expect(scheme.entries.map(({ colour }) => colour)).toEqual(['#7ec8ff', '#ff7a5c']);
});

test('numbers are in bins that a filter can select, without gaps', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 20, maxLength: 200 });
  fc.assert(
    fc.property(numbers, values => {
      const scheme = schemeOf(values.map(value => [value, 1]));
      const bounds = scheme.entries.map(({ choice }) => choice as { from?: number; to?: number });
      expect(bounds.length).toBeGreaterThan(1);
      expect(bounds[0]!.from).toBeUndefined();
      expect(bounds.at(-1)!.to).toBeUndefined();
      expect(bounds.slice(1).map(({ from }) => from)).toEqual(bounds.slice(0, -1).map(({ to }) => to));
      for (const value of values) {
        const { from = -Infinity, to = Infinity } = bounds[scheme.slotOf([value]) - 1]!;
        expect(value >= from && value < to).toBe(true);
      }
    }),
  );
});

test('numbers that are close together have bins as well', () => {
  const years = schemeOf(Array.from({ length: 24 }, (_, i) => [2001 + i, 1]));
  expect(years.entries.map(({ label }) => label)).toEqual([
    'below 2005',
    '2005 to 2009',
    '2009 to 2013',
    '2013 to 2017',
    '2017 to 2021',
    '2021 and above',
  ]);
});

test('any values get a slot that has a colour', () => {
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean());
  fc.assert(
    fc.property(
      fc.uniqueArray(value, { maxLength: 40 }),
      fc.array(value, { maxLength: 3 }),
      (known, values) => {
        const scheme = schemeOf(
          known.map((value, i) => [value, i]),
          false,
        );
        expect(scheme.colours[scheme.slotOf(values)]).toMatch(/^#[0-9a-f]{6}$/);
        expect(scheme.colours.length).toBeLessThanOrEqual(256);
        expect(scheme.entries.every(({ choice }) => choice === undefined)).toBe(true);
      },
    ),
  );
});
