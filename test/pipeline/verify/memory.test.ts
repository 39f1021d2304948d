/** The memory of `verify` is bounded, and its temporary files lie in the folder of --temp. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { pack, packChunk, unpack, unpackChunk } from '#format/index.ts';
import { build } from '#pipeline/index.ts';
import type { Sample } from '#pipeline/octree/previews.ts';
import { detached } from '#pipeline/verify/detached.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { outcome, outputOf, run, runProcess, start, until } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const PROGRAM = new URL('./print-peak-memory.ts', import.meta.url).pathname;
const CLI = new URL('../../../pipeline/cli.ts', import.meta.url).pathname;
const REPORT_PEAK = new URL('./report-peak.ts', import.meta.url).pathname;
const MIB = 1024 * 1024;

/** Slim systems with ids, names and regions that are long enough to be parts of other strings. */
function* lines(count: number): Generator<string> {
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [(i * 7919) % 1009, (i * 104_729) % 997, (i * 1_299_709) % 991];
    const id = `a catalogue of long ids ${String((i * 7919) % 1_000_003).padStart(9, '0')}`;
    yield `${JSON.stringify({ id, name: `The system of number ${i}`, x, y, z, region: `The region ${i % 50}` })}\n`;
  }
}

test('75,000 systems for 10,000: little more is alive, and the peak of the command is bounded', () =>
  inFolder(async folder => {
    const most: number[] = [];
    let set = '';
    for (const count of [10_000, 75_000]) {
      const input = join(folder, `${count}.ndjson`);
      writeFileSync(input, [...lines(count)].join(''));
      set = join(folder, `${count}`);
      await build([input], set, { ...PLAIN, chunkLimit: 512 });
      most.push(await mostAlive(set));
    }
    // Rows to be sorted fill their memory first, which is 45 MiB; all systems would be 45 MiB more.
    expect(most[1]! - most[0]!).toBeLessThan(68 * MIB);
    const args = ['--import', REPORT_PEAK, CLI, 'verify', set, '--quiet'];
    const { code, stdout, stderr } = await runProcess(process.execPath, args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const peak = Math.max(...stderr.trim().split('\n').map(Number));
    expect(peak).toBeLessThan(310 * MIB);
  }));

test('many large records of one point: only those of one chunk are alive', () =>
  inFolder(async folder => {
    const input = join(folder, 'in.ndjson');
    const notes = (i: number) => Array.from({ length: 400 }, (_, k) => `${i}/${k}`);
    const records = Array.from({ length: 8_000 }, (_, i) => ({
      id: `S${i}`,
      x: 0,
      y: 0,
      z: 0,
      notes: notes(i),
    }));
    writeFileSync(input, records.map(record => `${JSON.stringify(record)}\n`).join(''));
    const set = join(folder, 'set');
    await build([input], set, { ...PLAIN, chunkLimit: 1_024 });
    // All strings would be 100 MB.
    expect(await mostAlive(set, 'canonical')).toBeLessThan(80 * MIB);
  }));

/** Verifies a set, and returns the peak of live bytes. */
async function mostAlive(set: string, level = 'valid'): Promise<number> {
  const args = ['--expose-gc', PROGRAM, set, level];
  const { problems, most } = JSON.parse(await outputOf(process.execPath, args));
  expect(problems).toEqual([]);
  return most;
}

describe('a sample', () => {
  test('keeps nothing of its file in memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const inUse = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    /** The first rows of many files, and the memory that they take. */
    const kept = (keep: (sample: Sample) => Sample) => {
      const before = inUse();
      const samples = Array.from({ length: 1_000 }, (_, file) => {
        const systems = Array.from({ length: 200 }, (_, row) => ({
          ...{ id: `the id of file ${file}, row ${row}`, name: `the name of file ${file}, row ${row}` },
          ...{ region: `the region of row ${row}`, x: row, y: file, z: 0, derived: 0, fields: {} },
        }));
        const chunk = unpackChunk(
          unpack(
            pack(
              packChunk(
                systems,
                systems.map(() => ({})),
              ),
            ),
          ),
        );
        const system = { ...systems[0]!, id: chunk.id[0]!, name: chunk.name[0]!, region: chunk.region[0]! };
        return keep({
          rank: 0,
          hash: 0,
          id: system.id,
          system,
          summary: { note: [chunk.name[1]!] },
          facets: [[chunk.name[2]!]],
        });
      });
      const bytes = inUse() - before;
      expect(samples).toHaveLength(1_000);
      return bytes;
    };
    expect(kept(detached)).toBeLessThan(kept(sample => sample) / 4);
  });

  test('is copied in full', () => {
    const sample = {
      ...{
        rank: 1,
        hash: 2,
        id: 'id',
        summary: { a: ['ä', { 'b\u0000': '\u{1f600}', c: null }], d: -0, e: true },
      },
      system: { id: 'id', name: 'Ω', region: '', x: -0, y: 1, z: 2, derived: 3, fields: {} },
      facets: [[], [true, 5, '5', 'ä']],
    } as unknown as Sample;
    expect(detached(sample)).toEqual(sample);
  });
});

describe('--temp', () => {
  test('holds what does not fit into memory, and nothing once it is over, even after a kill', () =>
    inFolder(async folder => {
      const input = join(folder, 'in.ndjson');
      writeFileSync(input, [...lines(30_000)].join(''));
      const set = join(folder, 'set');
      await build([input], set, PLAIN);
      const temp = join(folder, 'temp');
      mkdirSync(temp);
      const child = start(['verify', set, '--quiet', '--temp', temp]);
      const ended = outcome(child);
      await until(() => readdirSync(temp).length > 0, ended);
      child.kill('SIGKILL');
      await ended;
      expect(readdirSync(temp)).toHaveLength(1);
      expect(await run(['verify', set, '--quiet', '--temp', temp])).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
      expect(readdirSync(temp)).toEqual([]);
    }));

  test('must be a folder', async () => {
    const { code, stderr } = await run(['verify', 'set', '--temp', '/nowhere/at/all']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--temp /nowhere/at/all is not'),
    });
    expect(existsSync('/nowhere')).toBe(false);
  });
});
