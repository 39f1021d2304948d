/** Facets that a writer gets wrong, in files of right names, and facets that are damaged or missing. */
import { describe, expect, test } from 'vitest';
import { type JsonObject, memorySource, type SetIndex } from '#client/node/index.ts';
import { packNumbers } from '#format/columns/numbers.ts';
import {
  type FacetPage,
  type FacetValue,
  type FileKind,
  type Packable,
  packColumn,
  packFacetFile,
  parseFacets,
  unpackFacetFile,
  unpackFacetPage,
} from '#format/index.ts';
import { verifySet } from '#pipeline/index.ts';
import { type Fields, OPTIONS, type Ways, writeSet } from '#test/support/written-sets.ts';

const METALS = ['Gold', 'Iron', 'Zinc'];
const RECORDS = Array.from({ length: 200 }, (_, i): JsonObject => {
  const id = `S${String(i).padStart(5, '0')}`;
  const planets = [{ name: 'p', materials: METALS[(i >> 1) % 3]! }];
  const place = { x: i, y: 1, z: 1, region: i % 2 ? 'R' : 'Q, R' };
  return { id, name: id, ...place, materials: 'Gold', planets, value: i, found: `20${10 + (i % 80)}-01-01` };
});
const SET_OPTIONS = {
  ...OPTIONS,
  preview: { size: 2, field: null, order: 'lowest' },
  facets: parseFacets('found,material=materials|planets.materials,nothing,region,value'),
} as const;

/** The problems of a set that must be canonical, and of one that need not be. */
async function problems(ways: Ways, records = RECORDS) {
  const source = memorySource(await writeSet(records, SET_OPTIONS, ways));
  const [ofCanonical, ofValid] = [
    await verifySet(source, { canonical: true }),
    await verifySet(source, { canonical: false }),
  ];
  return { ofCanonical: ofCanonical.problems, ofValid: ofValid.problems };
}

const NONE = { ofCanonical: [], ofValid: [] };

/** Alters the nth facet file or page of a set; nothing else of it changes. */
function altered(kind: 'file' | 'page', nth: number, alter: (content: Fields) => Packable): Ways {
  let seen = 0;
  return {
    content(of, content) {
      if (of !== 'facets' || 'nodes' in content !== (kind === 'page')) return content;
      return seen++ === nth ? alter(content) : content;
    },
  };
}

/**
 * Alters the first value sample of a set; nothing else of it changes.
 * @param onOther is called with each file before it
 */
function valueSample(
  alter: (content: Fields) => Packable,
  onOther: (kind: FileKind, content: Fields) => void = () => {},
): Ways {
  let isDone = false;
  return {
    content(of, content) {
      if (isDone) return content;
      if (of !== 'previews' || !('facets' in content)) {
        onOther(of, content);
        return content;
      }
      isDone = true;
      return alter(content);
    },
  };
}

/** Alters an element of the column of a field. */
function column(field: string, element: number, alter: (own: Packable) => Packable) {
  return (content: Fields): Fields => {
    const at = (content['fields'] as string[]).indexOf(field);
    const columns = content['columns'] as Packable[][];
    return {
      ...content,
      columns: columns.with(at, columns[at]!.with(element, alter(columns[at]![element]!))),
    };
  };
}

const flipped = (own: Packable) => (own as Uint8Array).map((byte, i) => (i === 0 ? byte ^ 1 : byte));

interface Fault {
  readonly ways: () => Ways;
  /** The set is valid all the same. */
  readonly isValid?: true;
  readonly says: readonly [file: RegExp, problem: RegExp];
  /** The problem of a set that need not be canonical. */
  readonly saysOfValid?: readonly [file: RegExp, problem: RegExp];
}

/** Previews are written before the pages above them: the facet file after those of all chunks of its node. */
const FAULTS: Record<string, Fault> = {
  'a value of another row': {
    ways: () => altered('file', 0, column('material', 3, flipped)),
    says: [/^facets/, /the facet values of row 0 are .*, expected .*"Gold"/],
  },
  'another value': {
    ways: () =>
      altered(
        'file',
        1,
        column('region', 2, () => packColumn(['Q, R', 'S'])),
      ),
    says: [/^facets/, /the facet values of row \d are .*"S".*, expected .*"R"/],
  },
  'facets of fewer rows': {
    ways: () =>
      altered('file', 2, content => {
        const file = unpackFacetFile(content);
        const rows = Array.from({ length: file.rows - 1 }, (_, row) =>
          [...file.columns.values()].map(({ values, valuesOf }) => valuesOf(row).map(i => values[i]!)),
        );
        return packFacetFile([...file.columns.keys()], rows)!;
      }),
    says: [/^facets/, /has facets of \d rows, expected \d/],
  },
  'a facet that is not declared': {
    ways: () => altered('file', 0, content => ({ ...content, fields: ['found', 'iron', 'region', 'value'] })),
    says: [/^facets/, /has the facet "iron", which is not declared/],
  },
  'a column in the other form': {
    isValid: true,
    ways: () => altered('file', 0, asIndices),
    says: [/^facets/, /the page differs from the one rebuilt/],
  },
  'a node without one of its values': {
    ways: () => altered('page', 0, column('material', 3, flipped)),
    says: [/^facets/, /the facet "material" is .*, expected .*"Gold"/],
  },
  'a node that may have any value': {
    isValid: true,
    ways: () => altered('page', 0, anyValue),
    says: [/^facets/, /the page differs from the one rebuilt/],
  },
  'any value, and a list of them': {
    ways: () =>
      altered(
        'page',
        0,
        column('region', 0, own => (own as Uint8Array).map(() => 1)),
      ),
    says: [/^facets/, /the facet "region" is any, "Q, R", "R", expected any \(/],
  },
  'another least number': {
    ways: () => altered('page', 0, column('value', 4, lower)),
    says: [/^facets/, /the facet "value" is .*numbers -1 to \d+, expected .*numbers \d+ to \d+/],
  },
  'another earliest date': {
    ways: () => altered('page', 0, column('found', 5, lower)),
    says: [/^facets/, /the facet "found" is .*dates -1 to \d+, expected .*dates \d+ to \d+/],
  },
  'a chunk without its facet file': {
    ways: () => altered('page', 0, content => ({ ...content, chunks: without(content['chunks']!) })),
    says: [/^chunks/, /the facet values of row 0 are \[\[\],\[\],\[\],\[\],\[\]\], expected/],
  },
  'a preview without its facet file': {
    ways: () => altered('page', 0, content => ({ ...content, previews: without(content['previews']!) })),
    says: [/^facets/, /the page differs from the one rebuilt/],
  },
  'a tree page without its facet page': {
    ways: () => ({ index: index => withFacets(index, { root: null }) }),
    says: [/^tree/, /the facet "material" is none, expected/],
  },
  'the overview without its facet file': {
    ways: () => ({ index: index => withFacets(index, { overview: null }) }),
    says: [/^index\.json/, /facets\.overview is null, expected "[0-9a-f]{40}"/],
  },
  'a preview without its value sample': {
    isValid: true,
    ways: () =>
      altered('page', 0, content => ({ ...content, valueSamples: without(content['valueSamples']!) })),
    says: [/^facets/, /the page differs from the one rebuilt/],
  },
  'the overview without its value sample': {
    isValid: true,
    ways: () => ({ index: index => withFacets(index, { valueSample: null }) }),
    says: [/^index\.json/, /facets\.valueSample is null, expected "[0-9a-f]{40}"/],
  },
  'a value sample with other positions': {
    ways: () => valueSample(content => ({ ...content, x: content['y']! })),
    says: [/^facets/, /the page differs from the one rebuilt/],
    saysOfValid: [/^previews/, /has \d+ rows, or facet values of them, that no system below it has/],
  },
  'a value sample with the values of other rows': {
    ways: () =>
      valueSample(content => {
        const [names, columns] = content['facets'] as [string[], Packable[][]];
        const at = names.indexOf('material');
        const other = columns.with(at, columns[at]!.with(3, flipped(columns[at]![3]!)));
        return { ...content, facets: [names, other] };
      }),
    says: [/^facets/, /the page differs from the one rebuilt/],
    saysOfValid: [/^previews/, /has 1 rows, or facet values of them, that no system below it has/],
  },
  'a value sample with the rows of the preview': {
    ways: () => {
      let [preview, facets]: Fields[] = [];
      return valueSample(
        () => ({ ...preview!, facets: [facets!['fields']!, facets!['columns']!] }),
        (kind, content) => {
          if (kind === 'previews') preview = content;
          else if (kind === 'facets') facets = content;
        },
      );
    },
    says: [/^facets/, /the page differs from the one rebuilt/],
    saysOfValid: [/^previews/, /has "S\d+", which the preview beside it has/],
  },
  'declared facets in another order': {
    ways: () => ({
      index: index => ({
        ...index,
        options: { ...index.options, facets: index.options.facets.toReversed() },
      }),
    }),
    says: [
      /^index\.json/,
      /options\.facets is \[\["value",\["value"\]\].*, expected \[\["found",\["found"\]\]/,
    ],
  },
  'a facet with an invalid path': {
    ways: () => ({
      index: index => ({
        ...index,
        options: { ...index.options, facets: [{ field: 'a', paths: ['a[0]'] }] },
      }),
    }),
    says: [/^index\.json/, /options\.facets is invalid: "a\[0\]" is not a path of names/],
  },
};

function withFacets(index: SetIndex, facets: Partial<SetIndex['facets']>): SetIndex {
  return { ...index, facets: { ...index.facets, ...facets } };
}

function lower(own: Packable): Packable {
  const [has, low, high] = own as [Uint8Array, Packable, Packable];
  const count = has.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  return [has, packNumbers(new Float64Array(count).fill(-1)), high ?? low];
}

/** References without the first. */
function without(packed: Packable): Packable {
  const [count, , hashes] = packed as [number, Packable, Uint8Array];
  const page = unpackFacetPage({
    ...{ nodes: 0, fields: [], columns: [] },
    ...{ chunks: packed, previews: packed, valueSamples: packed, branches: packed },
  });
  const first = page.chunks.findIndex(ref => ref !== undefined);
  const lengths = page.chunks.map((ref, i) => (i === first ? 0 : (ref?.length ?? 0)));
  return [count, packNumbers(lengths), hashes.slice(20)];
}

/** All columns of a facet file as indices. */
function asIndices(content: Fields): Packable {
  const { rows, columns } = unpackFacetFile(content);
  const packed = [...columns.values()].map(({ values, valuesOf }) => {
    const own = Array.from({ length: rows }, (_, row) => valuesOf(row));
    return [
      ...[1, values.length, packColumn([...values])],
      packNumbers(own.map(({ length }) => length)),
      packNumbers(own.flat()),
    ] as Packable;
  });
  return { ...content, columns: packed };
}

/** A facet page that lists no values. */
function anyValue(content: Fields): Packable {
  const page: FacetPage = unpackFacetPage(content);
  const columns = (content['columns'] as Packable[][]).map(([any, , , , numbers, dates]) => {
    const all = (any as Uint8Array).slice().fill(0);
    for (let node = 0; node < page.nodes; node++) all[node >> 3]! |= 1 << (node & 7);
    return [all, 0, packColumn([]), new Uint8Array(0), numbers!, dates!] as Packable;
  });
  return { ...content, columns };
}

describe('facets that a writer gets wrong', () => {
  test('are not in the set that the faults are made of', async () => {
    expect(await problems({})).toEqual(NONE);
  });

  test.each(Object.entries(FAULTS))('%s', async (_what, { ways, isValid = false, says, saysOfValid }) => {
    const matching = ([file, problem]: readonly [RegExp, RegExp]) => ({
      file: expect.stringMatching(file),
      problem: expect.stringMatching(problem),
    });
    const { ofCanonical, ofValid } = await problems(ways());
    expect(ofCanonical).toContainEqual(matching(says));
    if (isValid) expect(ofValid).toEqual([]);
    else expect(ofValid).not.toEqual([]);
    if (saysOfValid) expect(ofValid).toContainEqual(matching(saysOfValid));
  });
});

test('a set with many values is whole: nodes have any value, and pages list none', async () => {
  const value = (i: number): FacetValue => `${i}`.padEnd(400, 'x');
  const records = Array.from({ length: 600 }, (_, i): JsonObject => {
    const id = `S${String(i).padStart(5, '0')}`;
    return { id, name: id, x: i, y: 0, z: 0, region: '', materials: [value(i), value(i % 7)] };
  });
  expect(await problems({}, records)).toEqual(NONE);
});

test.each(['missing', 'empty', 'cut'])('a facet file or page that is %s is named', async damage => {
  const files = await writeSet(RECORDS, SET_OPTIONS);
  const paths = [...files.keys()].filter(path => path.startsWith('facets/'));
  expect(paths.length).toBeGreaterThan(20);
  for (const path of paths.filter((_, i) => i % 5 === 0)) {
    const damaged = new Map(files);
    if (damage === 'missing') damaged.delete(path);
    else damaged.set(path, damage === 'cut' ? files.get(path)!.slice(0, -1) : new Uint8Array(0));
    for (const canonical of [true, false]) {
      const { problems } = await verifySet(memorySource(damaged), { canonical });
      expect(problems.map(({ file }) => file)).toContain(path);
    }
  }
});
