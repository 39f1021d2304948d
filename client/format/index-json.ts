/** `index.json`: the only mutable file of a set, with references to the roots of all others. */
import type { FacetField } from './facets/facet-field.ts';
import type { Listing } from './facets/listing.ts';
import type { Bounds } from './geometry/cell.ts';
import type { PreviewOptions } from './octree/sample.ts';
import type { Counts } from './system.ts';

/** Value of `format` in `index.json`. */
export const FORMAT_NAME = 'haven-chunks';
/** Value of `version` in `index.json`; a reader rejects a higher one. */
export const FORMAT_VERSION = 1;

/** Maximum size of an index, for sets of any size. */
export const MAX_INDEX_BYTES = 8192;

/** Maximum size of a root page whose content a canonical index has. */
export const MAX_INLINE_BYTES = 1536;

/** Maximum value of the option `preload`. */
export const MAX_PRELOAD_BYTES = 16 * 1024 * 1024;

/** Maximum value of `chunkLimit`. */
export const MAX_CHUNK_LIMIT = 65_536;

/** Options of the files of a set; two builds of the same systems with the same options are equal. */
export interface SetOptions {
  /** Level of gzip, 1 to 9, at which files are compressed. It decides their stored sizes, never their names. */
  readonly gzipLevel: number;
  /** Maximum number of systems of a leaf, and of a chunk. */
  readonly chunkLimit: number;
  /** Most weight of a detail file: code points of strings, and 4 for every other value. */
  readonly detailWeight: number;
  /** Fields that chunks hold beside id, name, x, y, z and region, sorted. */
  readonly summary: readonly string[];
  readonly preview: PreviewOptions;
  readonly search: SearchSetOptions;
  /** Maximum bytes of the pages of the preload file; 0 for no such file. */
  readonly preload: number;
  /** Listings, sorted by field, then by order; that of `region` is always there. */
  readonly listings: readonly Listing[];
  /** Fields whose values systems can be filtered by, sorted by name. */
  readonly facets: readonly FacetField[];
}

/** How strings are searched: anywhere, at the beginnings of words, or not at all. */
export const SEARCH_MODES = ['infix', 'words', 'none'] as const;
/** How strings are searched: anywhere in a field, at the beginnings of words, or not at all. */
export type SearchMode = (typeof SEARCH_MODES)[number];

/** Fields of a set that can be searched. */
export interface SearchSetOptions {
  readonly mode: SearchMode;
  /** Fields that are searched, sorted; "name" is the name of the row, also where it is derived. */
  readonly fields: readonly string[];
}

/** The root page of a tree or table, or another single file of a set. */
export interface RootRef {
  /** First 20 bytes of the SHA-256 of the uncompressed content, in lower-case hex. */
  readonly hash: string;
  /** Uncompressed length in bytes. */
  readonly length: number;
}

/** Root pages of the sorted tables; null for a table that has no rows or was not built. */
export interface TableRoots {
  readonly names: RootRef | null;
  readonly folded: RootRef | null;
  readonly ids: RootRef | null;
  readonly listings: RootRef | null;
  readonly members: RootRef | null;
  readonly ordered: RootRef | null;
  readonly facets: RootRef | null;
  readonly rare: RootRef | null;
  readonly common: RootRef | null;
  readonly facetGrams: RootRef | null;
  readonly words: RootRef | null;
  readonly values: RootRef | null;
  readonly grams: RootRef | null;
  readonly results: RootRef | null;
}

/** Roots of the facet values; null where no system has one. */
export interface FacetRoots {
  /** The facet page of the root tree page. */
  readonly root: RootRef | null;
  /** The facet file of the overview. */
  readonly overview: RootRef | null;
  /** The value sample of the overview. */
  readonly valueSample: RootRef | null;
}

/** Content of `index.json`. */
export interface SetIndex {
  readonly format: 'haven-chunks';
  readonly version: number;
  /** SHA-256 of the file without this member, in hex. */
  readonly generation: string;
  readonly counts: Counts;
  /** Lowest and highest coordinates; null for an empty set. */
  readonly bounds: Bounds | null;
  /** E of the root cell `[-2^E, 2^E)³`; null for an empty set. */
  readonly exponent: number | null;
  /** The root page of the octree; null for an empty set. */
  readonly tree: RootRef | null;
  /** The sample of all systems, in the form of a chunk; null for an empty set. */
  readonly overview: (RootRef & { readonly rows: number }) | null;
  readonly facets: FacetRoots;
  readonly tables: TableRoots;
  /** The fold by which strings are compared when case is ignored. */
  readonly fold: RootRef;
  /** Contents of small root pages in base64, by hash; they save the requests for these files. */
  readonly contents?: Readonly<Record<string, string>>;
  /** The upper pages of all trees in one file; null if there is none. */
  readonly preload?: RootRef | null;
  /** The `_meta` values of the catalogues; null if there are none. */
  readonly meta: RootRef | null;
  readonly options: SetOptions;
}

/** Returns `index.json` without its generation, as canonical JSON (RFC 8785: sorted keys, no spaces). */
export function indexText(index: Omit<SetIndex, 'generation'>): string {
  return canonicalJson(index);
}

/** Inserts the generation into the result of `indexText`, where sorted keys have it. */
export function withGeneration(text: string, generation: string): string {
  return text.replace(/"meta":/, `${member(generation)}"meta":`);
}

/** Removes the generation from the text of `index.json`. The generation is the SHA-256 of the result. */
export function withoutGeneration(text: string, generation: string): string {
  return text.replace(member(generation), '');
}

function member(generation: string): string {
  return `"generation":"${generation}",`;
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
