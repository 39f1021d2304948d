/** The task `plan`: what is read, how the set is shaped, and how the work is divided. */
import {
  CORE_FIELDS,
  OVERVIEW_ROWS,
  SEARCH_MODES,
  SEARCHED_FIELDS,
  type SetOptions,
} from '../client/format/index.ts';
import type { DuplicatePolicy } from './duplicates.ts';
import { UsageError } from './errors.ts';
import { resolveInputs } from './source/index.ts';
import type { Input } from './source/types.ts';

/** What a caller may choose; all have defaults. */
export interface BuildOptions extends Partial<Omit<SetOptions, 'preview' | 'search'>> {
  readonly preview?: Partial<SetOptions['preview']>;
  readonly search?: Partial<SetOptions['search']>;
  /** What to do about systems of one id; `error` by default. */
  readonly onDuplicate?: DuplicatePolicy;
  /** A rejected record fails the build. */
  readonly strict?: boolean;
  /** gzip level, 1 to 9; it changes sizes, never names. */
  readonly gzipLevel?: number;
  /** Megabytes of records worked on at a time; bounds the memory, never changes the set. */
  readonly workMegabytes?: number;
}

export interface BuildPlan {
  readonly inputs: readonly Input[];
  readonly set: SetOptions;
  readonly onDuplicate: DuplicatePolicy;
  readonly strict: boolean;
  readonly gzipLevel: number;
  /** Raw bytes that one task holds. */
  readonly taskBytes: number;
  /** Raw bytes gathered in memory before they are spilled. */
  readonly spillBytes: number;
  /** Buckets to divide the records among. */
  readonly buckets: number;
}

export const DEFAULT_OPTIONS: SetOptions = {
  chunkLimit: 1024,
  detailWeight: 500_000,
  summary: [],
  preview: { size: 512, field: null, order: 'lowest' },
  search: { mode: 'infix', fields: [...SEARCHED_FIELDS].sort() },
};

/** Text is about so much larger than its gzip. */
const GZIP_RATIO = 6;
/** What an input of unknown size is taken to be; a bucket that grows too large is divided later. */
const UNKNOWN_BYTES = 1 << 30;

/**
 * @param patterns files, globs, `-` for standard input
 * @throws UsageError for an option out of range or a pattern that matches nothing
 */
export async function planBuild(patterns: readonly string[], options: BuildOptions = {}): Promise<BuildPlan> {
  const { chunkLimit, detailWeight } = { ...DEFAULT_OPTIONS, ...options };
  const preview = { ...DEFAULT_OPTIONS.preview, ...options.preview };
  const search = { ...DEFAULT_OPTIONS.search, ...options.search };
  const { gzipLevel = 5, workMegabytes = 8, onDuplicate = 'error', strict = false } = options;
  inRange('chunk limit', chunkLimit, 1, 65_536);
  inRange('detail weight', detailWeight, 1_000, 100_000_000);
  inRange('preview size', preview.size, 1, OVERVIEW_ROWS);
  if (preview.order !== 'lowest' && preview.order !== 'highest') {
    throw new UsageError(`the preview order is ${preview.order}; give lowest or highest`);
  }
  if (!SEARCH_MODES.includes(search.mode)) {
    throw new UsageError(`the search mode is ${search.mode}; give one of ${SEARCH_MODES.join(', ')}`);
  }
  if (search.mode !== 'none' && search.fields.length === 0) {
    throw new UsageError('no field is searched; name some, or give the search mode none');
  }
  inRange('gzip level', gzipLevel, 1, 9);
  inRange('work megabytes', workMegabytes, 1, 4_096);
  const summary = [...new Set(options.summary ?? [])].filter(field => !CORE_FIELDS.includes(field)).sort();
  const inputs = await resolveInputs([...patterns]);
  const taskBytes = workMegabytes * (1 << 20);
  const expected = inputs.reduce((sum, input) => sum + expectedBytes(input), 0);
  return {
    inputs,
    set: {
      ...{ chunkLimit, detailWeight, summary, preview },
      search: { mode: search.mode, fields: search.mode === 'none' ? [] : [...new Set(search.fields)].sort() },
    },
    onDuplicate,
    strict,
    gzipLevel,
    taskBytes,
    spillBytes: 4 * taskBytes,
    buckets: Math.min(4_096, Math.max(8, Math.ceil((3 * expected) / taskBytes))),
  };
}

function expectedBytes({ file, size }: Input): number {
  if (size === undefined) return UNKNOWN_BYTES;
  return file.endsWith('.gz') ? size * GZIP_RATIO : size;
}

function inRange(what: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`the ${what} is ${value}; give a whole number from ${low} to ${high}`);
  }
}
