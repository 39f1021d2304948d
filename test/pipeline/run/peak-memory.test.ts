import { expect, test } from 'vitest';
import { run } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const MIB = 1024 * 1024;

test('the peak of a build is not that of the process which started it', () =>
  inFolder(async folder => {
    const large = Buffer.alloc(600 * MIB, 1);
    const { stdout } = await run(
      ['build', '-', '--out', folder, '--json', '--no-flush'],
      '{"id":"a","name":"A","x":0,"y":0,"z":0}\n',
    );
    expect(large.at(-1)).toBe(1);
    const { peakMemoryBytes } = JSON.parse(stdout);
    expect(peakMemoryBytes).toBeGreaterThan(20 * MIB);
    expect(peakMemoryBytes).toBeLessThan(500 * MIB);
  }));
