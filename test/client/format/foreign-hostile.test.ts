/** The reader in Python keeps the limits of FORMAT.md, section 12: it refuses the sets that the client refuses. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askPage, askRecords, askRegions, HOSTILE, type HostileSet } from '#test/client/hostile-sets.ts';
import { python, pythonReader } from '#test/foreign/python.ts';
import { inFolder } from '#test/support/temporary.ts';

/** KiB of address space: more than the reader's own bound for a file, with what Python itself takes. */
const MOST_KIB = 1_500_000;
const reader = pythonReader(MOST_KIB);

const TOO_MUCH = /^the values of a file take more than \d+ bytes$/;
const MEETING = /^the boxes of two children meet$/;

/** The fault that the reader must find in each set: a failure alone would say little. */
const REASONS: Readonly<Record<keyof typeof HOSTILE, RegExp>> = {
  'tree pages that point twice to the next (sphere)': MEETING,
  'tree pages that point twice to the next (records)': MEETING,
  'table pages that point twice to the next (page)': /^a page of names has keys outside of its entry$/,
  'table pages that point twice to the next (scan)': /^a page of listings has keys outside of its entry$/,
  'a leaf of no systems': /^a leaf has more rows than its page's chunks, or none$/,
  'a chunk of more rows than chunkLimit': /is said to have 1025 rows$/,
  'a chunk of more rows than the tree says': /has not 9 rows$/,
  'arrays of nils that multiply': TOO_MUCH,
  'arrays of arrays that multiply': TOO_MUCH,
  'empty objects that multiply': TOO_MUCH,
  'numbers that multiply': TOO_MUCH,
  'many columns, none too long': TOO_MUCH,
  'details that multiply': TOO_MUCH,
  'a list of tokens that multiplies': TOO_MUCH,
  'a list of wide tokens that multiplies': TOO_MUCH,
  'a list of many tokens': TOO_MUCH,
  'sorted strings that each share a long one': TOO_MUCH,
  'values that nest too deeply': /^values nest deeper than 256 levels$/,
  'arrays of the file that nest too deeply': /lists nest deeper than 516 levels$/,
  'an array of many numbers': TOO_MUCH,
  'a gzip bomb behind a short length': /is not exactly one gzip member$/,
  'a gzip bomb of the length that is said': /^byte 0: the content is one map, and holds no other$/,
  'a length beyond every bound': /is said to have 1099511627776 bytes$/,
  'a length that its bytes cannot inflate to': /bytes of .* cannot grow to 104857600$/,
};

test('each hostile set has its reason', () => {
  expect(Object.keys(REASONS).sort()).toEqual(Object.keys(HOSTILE).sort());
});

describe.skipIf(python === undefined)('the reader in Python refuses', () => {
  test.each(Object.entries(HOSTILE))('%s', (name, { make, ask }) =>
    inFolder(async folder => {
      writeSet(folder, make());
      const { command, query } = questionOf(ask);
      const { code, values, stderr } = await reader.run([command, folder], query);
      expect(values).toEqual([]);
      const [, reason] = /^the set is corrupt: (.*)\n$/.exec(stderr) ?? [];
      expect(reason ?? stderr).toMatch(REASONS[name]!);
      expect(code).toBe(1);
    }),
  );
});

function writeSet(folder: string, { files }: HostileSet): void {
  for (const [path, bytes] of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

/** The query for the reader, in place of the one for the client. */
function questionOf(ask: unknown): { command: string; query: object[] } {
  if (ask === askRecords) return { command: 'dump', query: [] };
  const query =
    ask === askPage
      ? { page: 1, perPage: 10 }
      : ask === askRegions
        ? { regions: true }
        : { center: [0, 0, 0] };
  return { command: 'answer', query: [query] };
}
