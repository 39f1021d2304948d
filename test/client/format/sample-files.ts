/** Small files of several kinds, which tests damage. */
import {
  pack,
  packChunk,
  packDetails,
  packTreePage,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackColumn,
  unpackDetails,
  unpackTreePage,
} from '#format/index.ts';
import { countField } from '#format/unpack.ts';

const fields = Array.from({ length: 30 }, (_, i) => ({
  materials: ['Gold, Cadmium', 'Ammonia', 'Gold, Ammonia, Copper'][i % 3]!,
  planets: [
    { name: `P${i}`, moons: i % 2 ? [{ name: 'M', orbit: i / 10 }] : [] },
    { name: 'Q', gas: null },
  ],
  ...(i % 4 === 0 && { notes: [null, true, i, 'text', { '': -0 }] }),
}));
export const systems = fields.map((of, i) => ({
  id: `SYS_${i}`,
  name: `Name ${i}`,
  region: i % 2 ? 'Adam' : 'Eve',
  x: i / 100,
  y: Math.sqrt(i),
  z: -i,
  derived: i % 3,
  fields: of,
}));
export const hash = '0123456789abcdef0123456789abcdef01234567';
export const box = { min: [0, 0, 0] as const, max: [1, 2, 3] as const };
const preview = { ref: { kind: 'previews', hash, length: 900 }, rows: 7 } as const;
const counts = { systems: 10, planets: 300, moons: 70_000, stations: 0 };

interface File {
  readonly bytes: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
  /** Fields of the decoded file that are integers. */
  readonly wholes: readonly string[];
}

/** A file of each kind, and its reader. */
export const FILES: Record<'chunk' | 'details' | 'page' | 'values', File> = {
  chunk: {
    bytes: pack(packChunk(systems, fields)),
    read: bytes => unpackChunk(unpack(bytes)),
    wholes: ['rows'],
  },
  details: { bytes: pack(packDetails(fields)), read: bytes => unpackDetails(unpack(bytes)), wholes: [] },
  page: {
    bytes: pack(
      packTreePage({
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
            pageNodes: 40,
            levels: 2,
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
    read: bytes => treeOfPage(unpackTreePage(unpack(bytes))),
    wholes: ['rows', 'length', 'entries', 'start', 'end', ...Object.keys(counts)],
  },
  values: {
    bytes: pack({ rows: 2, of: [5, [0, 3, new Uint8Array(0)], [0]] }),
    read: bytes => {
      const file = unpack(bytes);
      return unpackColumn(file['of'], countField(file, 'rows'));
    },
    wholes: [],
  },
};
