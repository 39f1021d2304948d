import { describe, expect, test } from 'vitest';
import {
  ArgumentError,
  CorruptError,
  GenerationGoneError,
  NetworkError,
  NotFoundError,
  VersionError,
} from '#client/index.ts';
import { readSetMeta } from '#client/viewer/data/set-meta.ts';
import { explainError } from '#client/viewer/ui/explain-error.ts';
import {
  formatBytes,
  formatCompact,
  formatCoordinate,
  formatLength,
  niceStep,
} from '#client/viewer/ui/format-numbers.ts';

describe('errors in the words of a visitor', () => {
  const here = { url: 'https://map.example/stars/', origin: 'https://map.example' };
  const there = { ...here, url: 'https://data.example/stars/' };
  test.each([
    [
      'no index',
      new NotFoundError('x', { file: 'index.json' }),
      here,
      'There is no chunk set here',
      'folder',
    ],
    [
      'a file is missing',
      new NotFoundError('x', { file: 'chunks/a' }),
      here,
      'A file of the set is missing',
      'Publish',
    ],
    [
      'garbage collection',
      new GenerationGoneError('x', {}),
      here,
      'The set has been published again',
      'Reload',
    ],
    ['a newer version', new VersionError('x', 3, 1), here, 'The set is newer than this map', 'newer version'],
    ['a damaged file', new CorruptError('x', {}), here, 'A file of the set is damaged', 'verify'],
    [
      'status 403',
      new NetworkError('x', { status: 403 }),
      here,
      'The server answered with status 403',
      'permissions',
    ],
    ['no connection', new NetworkError('x', {}), here, 'The server does not answer', 'connection'],
    [
      'no CORS header',
      new NetworkError('x', {}),
      there,
      'The server does not let this page read the set',
      'Access-Control',
    ],
    [
      'a server that is off',
      new NetworkError('x', {}),
      { ...there, answers: false },
      'The server does not answer',
      'connection',
    ],
    [
      'an address that is not a URL',
      new ArgumentError('x', {}),
      { ...here, url: 'http://' },
      'The address of the set is invalid',
      '?set=',
    ],
    [
      'a page of a disk',
      new ArgumentError('x', {}),
      { ...here, url: 'file:///stars/' },
      'The map needs a web server',
      'serve',
    ],
    ['a fault of ours', new TypeError('x is undefined'), here, 'The map cannot go on', 'Reload'],
  ])('%s', (_, error, place, title, hint) => {
    const explanation = explainError(error, place);
    expect(explanation.title).toBe(title);
    expect(explanation.hints.join(' ')).toContain(hint);
    expect(explanation.text).not.toBe('');
  });
});

test('numbers have the digits that a reader needs', () => {
  expect([0, 0.5, 1234.5, 2.34567, 1e-7, 3.2e12].map(length => formatLength(length, 'ly'))).toEqual([
    ...['0 ly', '0.5 ly', '1,235 ly', '2.35 ly', '1.00e-7 ly', '3.20e+12 ly'],
  ]);
  expect(formatCoordinate(-0.000001, 100)).toBe('0');
  expect(formatCoordinate(12.34567, 1)).toBe('12.35');
  expect(formatCompact(124_608)).toBe('124.6K');
  expect([999, 12_345, 1_234_567].map(formatBytes)).toEqual(['999 B', '12 kB', '1.2 MB']);
  expect([0.03, 1, 4.9, 5, 70].map(niceStep)).toEqual([0.02, 1, 2, 5, 50]);
});

test('title and unit come from the catalogue', () => {
  expect(readSetMeta([1, null, { title: 'Stars', units: { position: 'light years' } }])).toEqual({
    title: 'Stars',
    unit: 'ly',
  });
  expect(readSetMeta([])).toEqual({ title: undefined, unit: undefined });
  expect(readSetMeta([{ title: 5, units: 'ly' }])).toEqual({ title: undefined, unit: undefined });
});
