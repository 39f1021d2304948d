import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  AmbiguousNameError,
  ArgumentError,
  CorruptError,
  GenerationGoneError,
  MissingIndexError,
  NetworkError,
  NotFoundError,
  TooManyResultsError,
  VersionError,
} from '#client/index.ts';
import type { Command } from '#pipeline/cli/command.ts';
import { exitCodeOf } from '#pipeline/cli/exit.ts';
import { nodeVersionError } from '#pipeline/cli/node-version.ts';
import { readArguments } from '#pipeline/cli/parse-arguments.ts';
import { Output } from '#pipeline/cli/print/output.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { counted, duration, integer, percent, size, table } from '#pipeline/cli/print/units.ts';
import { nearest } from '#pipeline/cli/suggest.ts';
import { InputError, ReaderGoneError, UsageError } from '#pipeline/index.ts';
import { ERROR_CLASSES } from '#test/support/error-classes.ts';

test.each([
  [new InputError(''), 1],
  [new CorruptError(''), 1],
  [new VersionError('', 2, 1), 1],
  [new MissingIndexError(''), 1],
  [new UsageError(''), 2],
  [new ArgumentError(''), 2],
  [new TooManyResultsError(''), 2],
  [new AmbiguousNameError('', []), 2],
  [new GenerationGoneError(''), 3],
  [new NetworkError(''), 3],
  [new NotFoundError(''), 3],
  [Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' }), 3],
  [new TypeError('x is not a function'), 70],
  [Object.assign(new Error('bad option'), { code: 'ERR_INVALID_ARG_VALUE' }), 70],
  ['thrown text', 70],
])('exit code of %o: %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('no error that the package throws on purpose has the exit code of an internal one', () => {
  // Another program ended the output: this is not a failure.
  const failures = [...ERROR_CLASSES.values()].filter(Class => Class !== ReaderGoneError);
  const internal = failures.filter(({ prototype }) => exitCodeOf(Object.create(prototype)) === 70);
  expect(internal).toEqual([]);
  expect(failures.length).toBeGreaterThan(10);
});

test.each([
  ['ou', ['out', 'json'], 'out'],
  ['rejcets', ['rejects', 'radius'], 'rejects'],
  ['biuld', ['build', 'query'], 'build'],
  ['limt', ['limit', 'min-radius'], 'limit'],
  ['chunk', ['out', 'chunk-limit'], 'chunk-limit'],
  ['xyz', ['out', 'json'], undefined],
  ['', ['out'], undefined],
  ['nowhere', ['', 'somewhere'], undefined],
  ['R', [''], undefined],
])('nearest to "%s" of %j: %s', (word, words, expected) => {
  expect(nearest(word, words)).toBe(expected);
});

test.each([
  ['22.18.0', '>=22.18', false],
  ['24.0.0', '>=22.18', false],
  ['100.1.0', '>=22.18', false],
  ['22.17.9', '>=22.18', true],
  ['20.20.2', '>=22.18', true],
  ['9.11.2', '>=22.18', true],
])('Node %s where %s is needed is too old: %s', (version, range, isOld) => {
  const error = nodeVersionError(version, range);
  expect(error !== undefined).toBe(isOld);
  if (isOld) expect(error).toContain(`needs Node 22.18 or later, and this is Node ${version}`);
});

test('figures for people', () => {
  expect([0, 1, 999, 1000, 999_499, 999_500, 1.2345e9, 5e15].map(size)).toEqual([
    ...['0 B', '1 B', '999 B', '1.00 kB', '999 kB', '1.00 MB', '1.23 GB', '5.00 PB'],
  ]);
  expect([0.004, 9.994, 59.94, 59.95, 3599.4, 3599.5, 9000].map(duration)).toEqual([
    ...['0.00 s', '9.99 s', '59.9 s', '1 min 00 s', '59 min 59 s', '1 h 00 min', '2 h 30 min'],
  ]);
  expect([percent(1, 3), percent(999, 1000), percent(0, 0), percent(2, 2)]).toEqual([
    ...['33 %', '99 %', '0 %', '100 %'],
  ]);
  expect([1, 12, 999, 1000, 12_345, 999_999, 1_045_186].map(integer)).toEqual([
    ...['1', '12', '999', '1,000', '12,345', '999,999', '1,045,186'],
  ]);
  expect([counted(1, 'leaf', 'leaves'), counted(1234, 'leaf', 'leaves'), counted(0, 'file')]).toEqual([
    ...['1 leaf', '1,234 leaves', '0 files'],
  ]);
  expect(
    table(
      [
        ['a', '1', 'x'],
        ['bb', '10'],
      ],
      [1],
    ),
  ).toEqual(['a    1  x', 'bb  10']);
});

describe('progress', () => {
  const terminal = (isTTY: boolean, columns = 80) => {
    const written: string[] = [];
    return { isTTY, columns, written, write: (text: string) => written.push(text) };
  };

  test('redraws one line at most ten times a second, and removes it', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const screen = terminal(true);
    const progress = new Progress(screen, true);
    for (let ms = 0; ms < 2000; ms += 10) {
      vi.advanceTimersByTime(10);
      progress.reading(ms * 1000, ms * 50_000, 200_000_000);
    }
    expect(screen.written.length).toBeGreaterThan(15);
    expect(screen.written.length).toBeLessThanOrEqual(20);
    expect(screen.written.at(-1)).toMatch(
      /^\rreading {2}1,\d\d0,000 records {2}[\d,]+\/s {2}\d\d\.\d MB\/s {2}4\d % {2}2\.\d\d s left/,
    );
    expect(screen.written.every(text => text.endsWith('\x1b[K'))).toBe(true);
    progress.systems('building', 5, 10);
    expect(screen.written.at(-1)).toMatch(/^\rbuilding {2}5 systems {2}[\d,]+\/s {2}50 %/);
    progress.indexing(2048);
    expect(screen.written.at(-1)).toMatch(/^\rindexing {2}2,048 rows {2}[\d,]+\/s/);
    progress.clear();
    expect(screen.written.at(-1)).toBe('\r\x1b[K');
    progress.clear();
    expect(screen.written.filter(text => text === '\r\x1b[K')).toHaveLength(1);
  });

  test('never wraps, knows no end where there is none, and is silent elsewhere', () => {
    const narrow = terminal(true, 30);
    new Progress(narrow, true).reading(1_000_000, 123_456_789, undefined);
    expect(narrow.written).toHaveLength(1);
    expect(narrow.written[0]!.length).toBeLessThanOrEqual(1 + 29 + 3);
    expect(narrow.written[0]).not.toContain('%');
    for (const silent of [terminal(false), terminal(true)]) {
      const progress = new Progress(silent, !silent.isTTY);
      progress.systems('building', 1, 2);
      progress.clear();
      expect(silent.written).toEqual([]);
    }
  });
});

describe('output', () => {
  const failing = (error: Error) =>
    new Output(
      new Writable({
        write(_chunk, _encoding, done) {
          done(error);
        },
      }),
    );

  test('tells a reader that is gone from an output that fails', async () => {
    const gone = failing(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    await gone.write('a');
    await expect(gone.flush()).rejects.toThrow(ReaderGoneError);
    await expect(gone.write('b')).rejects.toThrow(ReaderGoneError);
    const full = failing(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    await full.write('a');
    await expect(full.flush()).rejects.toThrow('ENOSPC');
  });

  test('does not run ahead of its reader, and keeps the order', async () => {
    const pieces: string[] = [];
    let writing = 0;
    const slow = new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        expect(++writing).toBe(1);
        setImmediate(() => {
          pieces.push(chunk);
          writing--;
          done();
        });
      },
    });
    const output = new Output(slow);
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 500; i++) {
      await output.write(line);
      expect(slow.writableLength).toBeLessThan(100_000);
    }
    await output.flush();
    expect(pieces.join('')).toBe(line.repeat(500));
    expect(pieces.length).toBeLessThan(60);
  });
});

describe('arguments', () => {
  const command: Command = {
    name: 'test',
    purpose: '',
    operands: [{ name: 'A', text: '', many: true }],
    options: { point: { value: 'X,Y,Z', text: '' }, count: { value: 'N', text: '' }, all: { text: '' } },
    required: [],
    notes: [],
    examples: [],
    run: async () => 0,
  };

  test('a point of any finite numbers is taken as it is, joined to its option or apart', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.tuple(finite, finite, finite), fc.boolean(), (point, isApart) => {
        const text = point.map(value => (Object.is(value, -0) ? '-0' : String(value))).join(',');
        const words = isApart ? ['a', '--point', text] : ['a', `--point=${text}`];
        expect(readArguments(command, words).point('point')).toEqual(point);
      }),
    );
  });

  test('operands and options in any order; all is an operand after --', () => {
    const args = readArguments(command, ['a', '--all', 'b', '--count', '7', '--', '--all']);
    expect(args.operands).toEqual(['a', 'b', '--all']);
    expect([args.has('all'), args.has('point'), args.integer('count')]).toEqual([true, false, 7]);
    expect(readArguments(command, ['--help']).has('help')).toBe(true);
  });

  test.each([
    [['a', '--constructor'], /unknown option --constructor/],
    [['a', '-x'], /unknown option -x/],
    [['--all'], /A is missing/],
    [['a', '--point', '-x'], /--point needs a value/],
  ])('%j is refused', (words, message) => {
    expect(() => readArguments(command, words)).toThrow(message);
  });

  test.each(['', '-1', '1.5', 'Infinity', '0x10', '1e3', ' 1'])('"%s" is not an integer', text => {
    expect(() => readArguments(command, ['a', `--count=${text}`]).integer('count')).toThrow(UsageError);
  });

  test.each(['', '1_0', '0x10', 'NaN', '1,2', '1e', '.', '--1'])('"%s" is not a number', text => {
    expect(() => readArguments(command, ['a', `--count=${text}`]).number('count')).toThrow(UsageError);
  });
});
