import { readdirSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  type Edit,
  type EditFiles,
  InputError,
  type Reject,
  StoreError,
  UsageError,
} from '#pipeline/index.ts';
import { removedLine, systemLine } from '#pipeline/source/change-line.ts';
import { readEdits } from '#pipeline/source/edits.ts';
import { database } from '#test/support/databases.ts';
import { INPUT_CHANGES } from '#test/support/faults.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

/** The edits in a file, without their locations, and the reasons of rejected and skipped records. */
function editsIn(kind: keyof EditFiles, text: string | Uint8Array, options: EditFiles = {}) {
  return inFolder(async folder => {
    const path = join(folder, 'edits');
    writeFileSync(path, text);
    return read({ ...options, [kind]: [path] });
  });
}

async function read(files: EditFiles) {
  const edits: unknown[] = [];
  const lines: (number | undefined)[] = [];
  const rejects: Reject[] = [];
  const skips: string[] = [];
  const events = {
    onReject: (reject: Reject) => void rejects.push(reject),
    onSkip: (_: unknown, why: string) => void skips.push(why),
  };
  for await (const batch of readEdits(files, events)) {
    for (const { location, ...edit } of batch as (Edit & { location?: { line: number } })[]) {
      edits.push(edit);
      lines.push(location?.line);
    }
  }
  return { edits, lines, rejects, skips };
}

const A = { id: 'A', name: 'a', x: 1, y: 2, z: 3, region: 'R' };

describe('upserts', () => {
  test('are the systems of a catalogue, and its _meta', async () => {
    const keyed = `{"_meta":{"by":"us"},"11 Com":{"x":0,"y":0,"z":-0},"a":${JSON.stringify(A)}}`;
    const { edits, skips } = await editsIn('upsert', keyed);
    expect(edits).toEqual([
      {
        action: 'upsert',
        system: expect.objectContaining({ id: 'SYS_11 Com', name: '11 Com', derived: 7, z: -0 }),
      },
      { action: 'upsert', system: expect.objectContaining({ id: 'A', derived: 0, fields: A }) },
      { action: 'meta', meta: [{ by: 'us' }] },
    ]);
    expect(skips).toHaveLength(1);
  });

  test('that are invalid are rejected with their line; a syntax error ends the reading', async () => {
    const { edits, rejects } = await editsIn('upsert', `{"id":"B"}\n${JSON.stringify(A)}\n`);
    expect(edits).toHaveLength(1);
    expect(rejects).toMatchObject([{ field: 'x', location: { line: 1 } }]);
    await expect(editsIn('upsert', '{"id":')).rejects.toThrow(InputError);
  });

  test('take fields of other names', async () => {
    const { edits } = await editsIn('upsert', '{"key":"A","name":"a","p":[1,2,3]}\n', {
      map: { id: 'key', xyz: 'p' },
    });
    expect(edits).toMatchObject([{ system: { id: 'A', x: 1, y: 2, z: 3 } }]);
  });
});

describe('patches', () => {
  test('have an id or a name, and the fields that change', async () => {
    const lines = [
      '{"id":"A","name":"new","fauna":"High","planets":[{"name":"P"}]}',
      '{"id":12345678901234567890,"region":null}',
      '{"name":"a","x":-0,"__proto__":1}',
      '{"id64":5,"fauna":"Low"}',
    ];
    const { edits, lines: places } = await editsIn('patch', lines.join('\n'));
    expect(edits).toEqual([
      { action: 'patch', id: 'A', updates: { name: 'new', fauna: 'High', planets: [{ name: 'P' }] } },
      { action: 'patch', id: '12345678901234567890', updates: { region: null } },
      { action: 'patch', name: 'a', updates: JSON.parse('{"x":-0,"__proto__":1}') },
      { action: 'patch', id: '5', updates: { id64: 5, fauna: 'Low' } },
    ]);
    expect(places).toEqual([1, 2, 3, 4]);
  });

  test('may be rows of CSV without a position, or members of an object', async () => {
    expect((await editsIn('patch', 'id,fauna\nA,High\n')).edits).toEqual([
      { action: 'patch', id: 'A', updates: { fauna: 'High' } },
    ]);
    const keyed = await editsIn('patch', '{"11 Com":{"fauna":"High"},"b":{"id":"B","flora":"Low"}}');
    expect(keyed.edits).toEqual([
      { action: 'patch', name: '11 Com', updates: { fauna: 'High' } },
      { action: 'patch', id: 'B', updates: { flora: 'Low' } },
    ]);
  });

  test('without both are rejected, as are values that cannot be stored', async () => {
    const lines = ['{"fauna":"High","x":1}', '[]', '{"id":"A","a":1,"a":2}', '{"id":"A","a":"\\ud800"}'];
    const { edits, rejects } = await editsIn('patch', lines.join('\n'));
    expect(edits).toEqual([]);
    expect(rejects.map(({ location }) => location.line)).toEqual([1, 2, 3, 4]);
    expect(rejects[0]).toMatchObject({ reason: 'it has no id and no name: give one, as a string' });
  });
});

describe('deletions', () => {
  const text = (...texts: string[]) => texts.map(own => ({ action: 'delete', text: own }));

  test.each([
    ['["A",12345678901234567890,"b, c"]', text('A', '12345678901234567890', 'b, c')],
    ['"A"\n"B"\n', text('A', 'B')],
    ['\uFEFFA\r\n\n  11 Com  \nAlpha, Beta\n7', text('A', '11 Com', 'Alpha, Beta', '7')],
    ['é\n', text('é')],
    ['', []],
  ])('%j: ids or names', async (content, expected) => {
    expect((await editsIn('delete', content)).edits).toEqual(expected);
    if (content !== '') expect((await editsIn('delete', gzipSync(content))).edits).toEqual(expected);
  });

  test.each([
    ['{"id":"A","x":1}\n{"name":"b"}\n', [{ id: 'A' }, { name: 'b' }]],
    ['[{"id":5},{"id":"","name":"b"}]', [{ id: '5' }, { name: 'b' }]],
    ['{"11 Com":{"x":0},"b":{"id":"B"}}', [{ name: '11 Com' }, { id: 'B' }]],
    ['name,x\n"b",1\n', [{ name: 'b' }]],
  ])('%j: records with an id or a name', async (content, expected) => {
    const { edits, rejects } = await editsIn('delete', content);
    expect({ edits, rejects }).toEqual({
      edits: expected.map(own => ({ action: 'delete', ...own })),
      rejects: [],
    });
  });

  test('have the lines that messages name', async () => {
    expect((await editsIn('delete', '\nA\n\nB\n')).lines).toEqual([2, 4]);
    const { rejects } = await editsIn('delete', Buffer.from([0x41, 0x0a, 0xff, 0x0a]));
    expect(rejects).toMatchObject([{ location: { line: 2, file: expect.stringContaining('edits') } }]);
  });

  test('of the systems of a database', () =>
    inFolder(async folder => {
      const path = database(
        join(folder, 'haven.db'),
        "CREATE TABLE systems (id TEXT, name TEXT, x, y, z); INSERT INTO systems VALUES ('A', 'a', 1, 2, 3)",
      );
      expect((await read({ delete: [path] })).edits).toEqual([{ action: 'delete', id: 'A' }]);
    }));
});

describe('changes', () => {
  test('are lines of diff, whatever comes first', async () => {
    const system = { id: 'A', name: 'a', region: 'R', record: A };
    const lines = [
      '{"change":"meta","meta":[]}',
      systemLine('added', system),
      removedLine({ id: 'B', name: 'b' }),
    ];
    const { edits, lines: places } = await editsIn('changes', `${lines.join('\n')}\n`);
    expect(edits).toMatchObject([
      { action: 'meta', meta: [] },
      { action: 'add', system: { id: 'A' } },
      { action: 'delete', id: 'B' },
    ]);
    expect(places).toEqual([1, 2, 3]);
    await expect(editsIn('changes', `${lines[0]}\n{"id":"A"}\n`)).rejects.toThrow(
      /, line 2: expected a line of diff/,
    );
  });
});

/** The files that this process has open, where the system lists them. */
function openFiles(): string[] {
  const folder = '/proc/self/fd';
  return readdirSync(folder).flatMap(name => {
    try {
      return readlinkSync(join(folder, name));
    } catch {
      // The one of the listing itself.
      return [];
    }
  });
}

test.runIf(process.platform === 'linux')(
  'a file is closed also where its first bytes are malformed',
  async () => {
    for (const kind of ['changes', 'upsert', 'patch', 'delete'] as const) {
      for (const text of [
        '[{"id":"A"},]',
        '["A",]',
        '{"id":"A"}\n{',
        '{"change":1}\n',
        'id,name\n"A"B,C\n',
      ]) {
        await inFolder(async folder => {
          const path = join(folder, 'edits');
          // Longer than what is read at once.
          writeFileSync(path, text + ' '.repeat(3 << 20));
          await read({ [kind]: [path] }).catch(error => expect(error).toBeInstanceOf(InputError));
          expect(openFiles(), `${kind} ${text}`).not.toContain(path);
        });
      }
    }
  },
);

test('standard input is read once, and a file that is not there is named', async () => {
  await expect(read({ upsert: ['-'], delete: ['-'] })).rejects.toThrow(UsageError);
  await expect(read({ patch: ['/nowhere/a.json'] })).rejects.toThrow('"/nowhere/a.json" does not exist');
  expect((await read({})).edits).toEqual([]);
});

describe.each(Object.entries(INPUT_CHANGES))('a file that another process changes: it %s', (_, change) => {
  /** Lines of more bytes than are read at once. */
  const lines = (line: (id: string) => string) =>
    Array.from({ length: 4_000 }, (_, i) => `${line(`${i}${'-'.repeat(1_000)}`)}\n`).join('');
  const files: Record<string, string> = {
    changes: lines(id => removedLine({ id, name: id })),
    upsert: lines(id => JSON.stringify({ ...A, id })),
    patch: lines(id => JSON.stringify({ id, name: 'new' })),
    delete: lines(id => id),
  };

  test.each(Object.entries(files))('as %s, it is an error', (kind, text) =>
    inFolder(async folder => {
      const path = join(folder, 'edits');
      writeFileSync(path, text);
      utimesSync(path, 1e9, 1e9);
      let batches = 0;
      const reading = async () => {
        for await (const _ of readEdits({ [kind]: [path] })) if (batches++ === 0) change(path);
      };
      const error = await failure(reading());
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toMatch(
        /edits: it was (changed|removed) while it was read.*run the command again/,
      );
      expect(batches).toBeGreaterThan(0);
    }),
  );
});
