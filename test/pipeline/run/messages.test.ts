/** Errors that threads send as messages. */
import { describe, expect, test } from 'vitest';
import { AmbiguousNameError, HavenChunksError, isHavenError, VersionError } from '#client/index.ts';
import { exitCodeOf } from '#pipeline/cli/exit.ts';
import { LockedError, StoreError, UsageError } from '#pipeline/index.ts';
import { errorMessage, errorOf } from '#pipeline/run/messages.ts';
import { ERROR_CLASSES } from '#test/support/error-classes.ts';

const received = (error: unknown) => errorOf(structuredClone(errorMessage(error)));

describe('an error that a thread sends', () => {
  test.each([
    new LockedError('/set'),
    new UsageError('odd', { file: 'a', found: null, expected: true }),
    new VersionError('newer', 3, 2),
    new AmbiguousNameError('two', ['a', 'b']),
    Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write', errno: -28 }),
    new AggregateError([new StoreError('first'), new Error('second')], 'both'),
    new RangeError('a fault'),
  ])('keeps message, fields and exit code: %s', error => {
    const own = received(error);
    expect(own).toBeInstanceOf(Error);
    expect(own.message).toBe(error.message);
    expect(exitCodeOf(own)).toBe(exitCodeOf(error));
    expect({ ...own, errors: [] }).toMatchObject({ ...error, errors: [] });
  });

  test.each([...ERROR_CLASSES, ['HavenChunksError', HavenChunksError]] as const)(
    'keeps its class: %s',
    (name, Class) => {
      const error = Object.assign(Object.create(Class.prototype), { name, message: 'odd' });
      expect(received(error)).toBeInstanceOf(Class);
      expect(received(error)).toMatchObject({ name, message: 'odd' });
      expect(isHavenError(received(error))).toBe(true);
    },
  );

  test('loses fields that cannot be sent', () => {
    const error = new UsageError('odd', { found: () => 7, expected: [new Map()], line: 3 });
    expect({ ...received(error) }).toEqual({ name: 'UsageError', line: 3 });
  });
});
