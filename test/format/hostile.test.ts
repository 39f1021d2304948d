import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packChunk, unpackChunk } from '../../client/format/chunk.ts';
import { packDetails, unpackDetails } from '../../client/format/details.ts';
import { pack } from '../../client/format/pack.ts';
import { packPage, unpackPage } from '../../client/format/tree.ts';
import { countField, unpack } from '../../client/format/unpack.ts';
import { unpackColumn } from '../../client/format/values.ts';

const fields = Array.from({ length: 30 }, (_, i) => ({
  materials: ['Gold, Cadmium', 'Ammonia', 'Gold, Ammonia, Copper'][i % 3]!,
  planets: [
    { name: `P${i}`, moons: i % 2 ? [{ name: 'M', orbit: i / 10 }] : [] },
    { name: 'Q', gas: null },
  ],
  ...(i % 4 === 0 && { notes: [null, true, i, 'text', { '': -0 }] }),
}));
const systems = fields.map((of, i) => ({
  id: `SYS_${i}`,
  name: `Name ${i}`,
  region: i % 2 ? 'Adam' : 'Eve',
  x: i / 100,
  y: Math.sqrt(i),
  z: -i,
  derived: i % 3,
  fields: of,
}));
const hash = '0123456789abcdef0123456789abcdef01234567';
const box = { min: [0, 0, 0] as const, max: [1, 2, 3] as const };
const preview = { ref: { kind: 'previews', hash, length: 900 }, rows: 7 } as const;
const counts = { systems: 10, planets: 300, moons: 70_000, stations: 0 };

const FILES = {
  chunk: { bytes: pack(packChunk(systems, fields)), read: (bytes: Uint8Array) => unpackChunk(unpack(bytes)) },
  details: { bytes: pack(packDetails(fields)), read: (bytes: Uint8Array) => unpackDetails(unpack(bytes)) },
  page: {
    bytes: pack(
      packPage({
        nodes: [
          { kind: 'inner', bounds: box, counts: { ...counts, systems: 30 }, preview, children: 3 },
          { kind: 'leaf', bounds: box, counts },
          { kind: 'leaf', bounds: box, counts },
          {
            kind: 'branch',
            bounds: box,
            counts,
            preview: undefined,
            entries: 400,
            ref: { kind: 'tree', hash, length: 4000 },
          },
        ],
        chunks: [
          {
            ref: { kind: 'chunks', hash, length: 70_000 },
            rows: 20,
            firstId: '',
            details: [{ ref: { kind: 'details', hash, length: 300 }, rows: 20, firstId: '' }],
          },
        ],
      }),
    ),
    read: (bytes: Uint8Array) => unpackPage(unpack(bytes)),
  },
  values: {
    bytes: pack({ rows: 2, of: [5, [0, 3, new Uint8Array(0)], [0]] }),
    read: (bytes: Uint8Array) => {
      const file = unpack(bytes);
      return unpackColumn(file['of'], countField(file, 'rows'));
    },
  },
};

/** A reader gives a value or an Error, whatever the bytes; anything else fails the test, or hangs it. */
function reads(file: keyof typeof FILES, bytes: Uint8Array): boolean {
  try {
    FILES[file].read(bytes);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return false;
  }
}

describe.each(Object.keys(FILES) as (keyof typeof FILES)[])('a damaged %s file', file => {
  const { bytes } = FILES[file];

  test('is read where it is whole', () => {
    expect(reads(file, bytes)).toBe(true);
  });

  test('is refused where it is cut anywhere, or goes on', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(reads(file, bytes.slice(0, length))).toBe(false);
    expect(reads(file, Uint8Array.from([...bytes, 0]))).toBe(false);
  });

  test('gives an Error or a value with any one bit flipped', () => {
    const step = Math.max(1, Math.floor((bytes.length * 8) / 6000));
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      reads(file, damaged);
    }
  });

  test('gives an Error or a value with any bytes overwritten, left out or put in', () => {
    const edit = fc.tuple(fc.nat(bytes.length), fc.nat(9), fc.uint8Array({ maxLength: 9 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), edits => {
        let damaged = Array.from(bytes);
        for (const [at, remove, insert] of edits) damaged = damaged.toSpliced(at, remove, ...insert);
        reads(file, Uint8Array.from(damaged));
      }),
      // Always the same damages: a count of tens of millions is allowed, and slow.
      { numRuns: 500, seed: 7 },
    );
  });
});

test.each([2 ** 27, 2 ** 31, 2 ** 32, 2 ** 53, -1, Number.NaN, Infinity])(
  'a count of %d takes no memory',
  count => {
    const none = new Uint8Array(0);
    for (const tag of [0, 1, 2]) expect(() => unpackColumn([tag], count)).toThrow(/values/);
    expect(() => unpackColumn([3, [0, 0, none]], count)).toThrow(/values/);
    expect(() => unpackColumn([4, [1, ['a'], [0, 0, none]]], count)).toThrow(/values/);
    expect(() => unpackColumn([6, [[]], [0, 0, none]], count)).toThrow(/values/);
    expect(() => unpackColumn([5, [0, count, none], [0]], 1)).toThrow(/values/);
  },
);

test('bytes of any kind are a map or an Error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      try {
        expect(typeof unpack(bytes)).toBe('object');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['nothing', []],
  ['a number', [5]],
  ['nil', [0xc0]],
  ['a list', [0x90]],
  ['bytes', [0xc4, 0]],
  ['two maps', [0x80, 0x80]],
])('%s is no file', (_, bytes) => {
  expect(() => unpack(Uint8Array.from(bytes))).toThrow(Error);
});

test('a polluting key reaches no prototype', () => {
  const name = Array.from(Buffer.from('__proto__'));
  const polluted = Array.from(Buffer.from('polluted'));
  const file = unpack(Uint8Array.from([0x81, 0xa9, ...name, 0x81, 0xa8, ...polluted, 0xc3]));
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(file['polluted']).toBeUndefined();
  const [row] = unpackColumn(
    [6, [['__proto__']], [0, 0, new Uint8Array(0)], [6, [['polluted']], [0, 0, new Uint8Array(0)], [2]]],
    1,
  );
  expect(Object.keys(row as object)).toEqual(['__proto__']);
  expect((row as Record<string, unknown>)['polluted']).toBeUndefined();
});
