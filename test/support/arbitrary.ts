/** Generators for fast-check: values, records and catalogues of real and hostile data; and JSON in any writing. */

import fc from 'fast-check';
import { seeded } from '#build/random-catalogue.ts';
import type { JsonObject, JsonValue } from '#client/index.ts';
import type { FacetValue, Fold } from '#format/index.ts';
import { parseJson } from '#format/record/parse-json.ts';

export { seeded };

/** Every finite float64: any bits, integers about 2^53, short decimals, both zeros, subnormals. */
export const float: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc.tuple(fc.integer(), fc.nat(15)).map(([digits, scale]) => Number(`${digits}e-${scale}`)),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    -5e-324,
    2 ** -1022,
    Number.MAX_VALUE,
    0.1 + 0.2,
    1e21,
    1e-7,
    2 ** 31,
    -(2 ** 31),
    2 ** 32 - 1,
    2 ** 32,
    2 ** 48,
    2 ** 51 - 1,
    2 ** 51,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 53 + 2,
    -(2 ** 53),
  ),
);

/** A column of numbers: of anything, or of one kind, as real columns are. */
export const floats: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(float, { maxLength: 30 }),
  fc
    .tuple(fc.nat(15), fc.array(fc.integer({ min: -(10 ** 6), max: 10 ** 6 }), { maxLength: 30 }))
    .map(([scale, digits]) => digits.map(of => Number(`${of}e-${scale}`))),
  fc
    .tuple(fc.maxSafeInteger(), fc.array(fc.nat(2 ** 20), { maxLength: 30 }))
    .map(([base, more]) => more.map(of => base + of)),
);

/** Any code point but half a surrogate pair. The unit `binary` of fast-check lists them all first, for a second. */
export const codePoint: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map(code => String.fromCodePoint(code));

/** Texts without half surrogate pairs: any code point, control characters, words, comma lists. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: codePoint, maxLength: 8 }),
  fc.constantFrom('', ' ', ', ', ',', 'a, ', ', b', '\0', 'a\0', '🌟', '\uffff', '\ufffd', 'é', 'e\u0301'),
  fc.constantFrom(
    'Gold',
    'Cadmium',
    'Gold, Cadmium',
    'Cadmium, Gold',
    'Ammonia, Gold, Gold',
    'x'.repeat(300),
  ),
);

/** A value of a facet, as extraction gives it. */
export const facetValue: fc.Arbitrary<FacetValue> = fc.oneof(
  fc.constantFrom('Gold', 'Cadmium', '5', 5, true, 0, '2026-01-01'),
  float.map(of => of + 0),
  text.filter(of => of !== ''),
  fc.boolean(),
);

/** Keys that objects, languages and codecs stumble over. */
export const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('a', 'b', 'planets', 'moons', 'name', '', '0', '1', '10', '-1', '01', '4294967295', '\0'),
  fc.constantFrom(
    '__proto__',
    '__proto_',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
  ),
  fc.constantFrom('é', 'e\u0301', 'A', 'a ', '["a","b"]', 'a","b'),
  text,
);

/** An object with its keys as own properties, as JSON.parse makes it. */
export function objectOf(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${exactText(value)}`);
  return parseJson(`{${members.join()}}`) as JsonObject;
}

/** Any JSON value. */
export const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    float,
    text,
    fc.constantFrom<JsonValue>(null, true, false, [], {}),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(objectOf),
  ),
})).value;

/** Any JSON object. */
export const object: fc.Arbitrary<JsonObject> = fc.array(fc.tuple(key, json), { maxLength: 6 }).map(objectOf);

/**
 * A text that two values share only where they are equal to the last bit, -0 and the order of keys included.
 * @param sorted puts the keys of the value itself, not of nested ones, in one order
 */
export function exactText(value: JsonValue | undefined, sorted = false): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map(of => exactText(of)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const members = Object.keys(value).map(name => `${JSON.stringify(name)}:${exactText(value[name])}`);
  return `{${(sorted ? members.sort() : members).join()}}`;
}

/** Position on any scale: lattice points and borders of cells, decimals, tiny and vast magnitudes. */
export const coordinate: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.integer({ min: -4000, max: 4000 }).map(of => of / 100),
  fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -30, max: 63 })).map(([of, e]) => of * 2 ** e),
  fc.double({ min: -1e19, max: 1e19, noNaN: true }),
  fc.double({ min: -1e-9, max: 1e-9, noNaN: true }),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    -5e-324,
    1e-320,
    -1e-320,
    1,
    1 + 2 ** -52,
    -1 + 2 ** -53,
    2 ** 499,
    -(2 ** 499),
  ),
);

export type Point = [x: number, y: number, z: number];

/** Positions of a catalogue: scattered on all scales, on a lattice, in a knot, on an axis, or on few points. */
export const points: fc.Arbitrary<Point[]> = (() => {
  const size = { maxLength: 60, size: 'max' as const };
  const lattice = fc.integer({ min: -3, max: 3 });
  const near = fc.integer({ min: -500, max: 500 }).map(of => of / 10);
  return fc.oneof(
    fc.array(fc.tuple(near, near, near), size),
    fc.array(fc.tuple(lattice, lattice, lattice), size),
    fc.array(fc.tuple(coordinate, coordinate, coordinate), size),
    fc.array(
      coordinate.map((x): Point => [x, 0, 0]),
      size,
    ),
    fc
      .tuple(coordinate, fc.array(fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)), size))
      .map(([at, ulps]) => ulps.map(of => of.map(n => at + n * 2 ** -40 * Math.abs(at)) as Point)),
    fc
      .tuple(fc.array(fc.tuple(near, near, near), { minLength: 1, maxLength: 3 }), fc.array(fc.nat(), size))
      .map(([few, which]) => which.map(n => few[n % few.length]!)),
  );
})();

/** Records with ids of their own, at positions of any of those kinds; now and then with more fields. */
export const catalogue: fc.Arbitrary<JsonObject[]> = points.chain(at =>
  fc
    .tuple(
      fc.uniqueArray(
        fc.oneof(
          fc.nat(999).map(n => `S${n}`),
          text.filter(id => id !== ''),
        ),
        {
          minLength: at.length,
          maxLength: at.length,
          size: 'max',
        },
      ),
      fc.array(
        fc.oneof(
          { weight: 3, arbitrary: fc.constant({}) },
          { weight: 1, arbitrary: object.map(withoutMeaning) },
        ),
        { minLength: at.length, maxLength: at.length, size: 'max' },
      ),
    )
    .map(([ids, more]) =>
      at.map(([x, y, z], i) => Object.assign(objectOf(Object.entries(more[i]!)), { id: ids[i]!, x, y, z })),
    ),
);

const MEANING = ['id', 'name', 'region', 'x', 'y', 'z', 'type', 'planets', 'moons', 'space_station'];

/** An object without the fields that a build looks at. */
function withoutMeaning(of: JsonObject): JsonObject {
  return objectOf(Object.entries(of).filter(([name]) => !MEANING.includes(name)));
}

/** The elements in an order that the seed decides. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  const order = list.map((of, i) => ({ of, at: random(), i }));
  return order.sort((a, b) => a.at - b.at || a.i - b.i).map(({ of }) => of);
}

/** Records with nothing but an id and a position. */
export function recordsAt(at: readonly Point[]): JsonObject[] {
  return at.map(([x, y, z], i) => ({ id: `S${i}`, x, y, z }));
}

/**
 * A value as JSON with white space and escapes here and there. The object of a number, counted in the order of the
 * text, has one of its keys again, after all its members.
 */
export function written(
  value: JsonValue,
  seed: number,
  target = -1,
): { text: string; at: number; key?: string } {
  const random = seeded(seed);
  let text = '';
  let objects = 0;
  let at = -1;
  let repeated: string | undefined;
  const space = () => {
    if (random() < 0.3) text += random() < 0.5 ? ' ' : '\r\n\t';
  };
  const string = (of: string) => {
    const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    text += random() < 0.3 ? `"${of.split('').map(escaped).join('')}"` : JSON.stringify(of);
  };
  const write = (of: JsonValue): void => {
    space();
    if (Array.isArray(of)) {
      text += '[';
      of.forEach((element, i) => {
        if (i > 0) text += ',';
        write(element);
      });
      text += ']';
    } else if (typeof of === 'object' && of !== null) {
      const isTarget = objects++ === target;
      const keys = Object.keys(of);
      text += '{';
      keys.forEach((key, i) => {
        if (i > 0) text += ',';
        space();
        string(key);
        space();
        text += ':';
        write(of[key]!);
      });
      if (isTarget && keys.length > 0) {
        text += ',';
        space();
        at = text.length;
        repeated = keys[Math.floor(random() * keys.length)]!;
        string(repeated);
        text += ':0';
      }
      text += '}';
    } else if (typeof of === 'string') string(of);
    else text += Object.is(of, -0) ? '-0' : JSON.stringify(of);
    space();
  };
  write(value);
  return { text, at, ...(repeated !== undefined && { key: repeated }) };
}

/** A fold for search that is the same as another. */
export function foldOf(fold: (text: string) => string): Fold {
  return Object.assign((text: string) => fold(text), { search: fold });
}
