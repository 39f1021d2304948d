import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '#pipeline/cli/exit.ts';
import { InputError } from '#pipeline/index.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { failure } from '#test/support/stored-files.ts';

describe('withCleanUp', () => {
  const fail = (error: Error) => () => Promise.reject(error);
  const works = async () => 'result';

  test('cleans up once, after the work, whatever became of it', async () => {
    const steps: string[] = [];
    const cleanUp = () => void steps.push('clean-up');
    const work = async () => void steps.push('work');
    await withCleanUp(work, cleanUp);
    await failure(withCleanUp(() => work().then(fail(new Error('work'))), cleanUp));
    expect(steps).toEqual(['work', 'clean-up', 'work', 'clean-up']);
    expect(await withCleanUp(works, cleanUp)).toBe('result');
  });

  test('the error of the work is not hidden by that of the clean-up', async () => {
    const [first, second] = [new InputError('line 7 is malformed'), new Error('disk full')];
    expect(await failure(withCleanUp(fail(first), () => {}))).toBe(first);
    expect(await failure(withCleanUp(works, fail(second)))).toBe(second);
    const both = await failure(withCleanUp(fail(first), fail(second)));
    expect(both).toBeInstanceOf(AggregateError);
    expect((both as AggregateError).errors).toEqual([first, second]);
    expect(both.message).toBe('line 7 is malformed\ndisk full');
    expect(exitCodeOf(both)).toBe(exitCodeOf(first));
  });
});
