import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { build, InputError } from '#pipeline/index.ts';
import { recordsAt } from '#test/support/arbitrary.ts';
import {
  buildTexts,
  fingerprint,
  ndjson,
  nodesOf,
  readSet,
  rowsOf,
  walkTree,
  writeInputs,
} from '#test/support/chunk-sets.ts';
import { PIPELINE, runProcess } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, leftoversIn } from '#test/support/temporary.ts';

const OLD = recordsAt(Array.from({ length: 40 }, (_, i) => [i, -i, i / 7]));
const NEW = [...galaxySystems({ count: 1000, seed: 9 })] as unknown as JsonObject[];
const SMALL = { workers: 1, memoryBytes: 1 << 26 };
const EVERYTHING = { center: [0, 0, 0], radius: Infinity } as const;

/** The number of systems in a set, each of whose files is there and whole. */
async function wholeSet(directory: string): Promise<number> {
  const files = readSet(directory);
  const rows = nodesOf(walkTree(files)).flatMap(at => rowsOf(files, at));
  expect(rows).toHaveLength(files.index.counts.systems);
  const found = await (await openTileset(directory)).sphere({ ...EVERYTHING, details: true }).toArray();
  expect(found).toHaveLength(rows.length);
  return rows.length;
}

/** A folder with a set of OLD, and inputs that hold NEW. */
async function withOldSet(
  use: (at: { folder: string; directory: string; inputs: string[]; old: string[] }) => Promise<void>,
): Promise<void> {
  await inFolder(async folder => {
    const work = join(folder, 'work');
    mkdirSync(work);
    const { directory, files } = await buildTexts(work, [ndjson(OLD)], { gzipLevel: 1 });
    const inputs = writeInputs(folder, 'in', [ndjson(NEW.slice(0, 500)), ndjson(NEW.slice(500))]);
    await use({ folder: work, directory, inputs, old: fingerprint(files) });
  });
}

/** Files in a folder other than sets and their inputs. */
const leftovers = (folder: string) =>
  readdirSync(folder).filter(name => !/^set(-copy|-0\.json)?$/.test(name));

describe('a build that fails leaves the old set as it was, and nothing else', () => {
  test.each([
    ['malformed input after much that is good', '{"id":"Z","x":1,"y":1,"z":1}\n{"id":"broken"'],
    ['an id that is taken already', `{"id":${JSON.stringify(NEW[3]!['id'])},"x":1,"y":1,"z":1}`],
    ['a rejected record where none may be', '{"id":"Z","x":null,"y":1,"z":1}'],
  ])('by %s', async (_, text) => {
    await withOldSet(async ({ folder, directory, inputs, old }) => {
      writeFileSync(inputs[1]!, text);
      const error = await failure(build(inputs, directory, { strict: true, ...SMALL }));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain(inputs[1]);
      expect(fingerprint(readSet(directory))).toEqual(old);
      expect(leftovers(folder)).toEqual([]);
      const fresh = await failure(build(inputs, join(folder, 'set-new'), { strict: true, ...SMALL }));
      expect(fresh).toBeInstanceOf(InputError);
      expect(leftovers(folder)).toEqual([]);
    });
  });

  test('by a signal, whenever it comes', async () => {
    await withOldSet(async ({ folder, directory, inputs, old }) => {
      const options = { ...SMALL, gzipLevel: 1, chunkLimit: 30 };
      /** Aborts at the nth thing that a build tells of; gives how many there were. */
      const abortAt = async (nth: number): Promise<{ told: number; error: unknown }> => {
        const controller = new AbortController();
        let told = 0;
        const tell = () => {
          if (told++ === nth) controller.abort(new Error(`at ${nth}`));
        };
        if (nth < 0) controller.abort(new Error(`at ${nth}`));
        const error = await build(
          inputs,
          directory,
          options,
          { onProgress: tell, onBuilt: tell },
          controller.signal,
        ).then(
          () => undefined,
          reason => reason,
        );
        return { told, error };
      };
      let nth = -1;
      for (; ; nth++) {
        const { error } = await abortAt(nth);
        if (error === undefined) break;
        expect(error).toEqual(new Error(`at ${nth}`));
        expect(fingerprint(readSet(directory))).toEqual(old);
        await nextTurn();
        expect(leftovers(folder)).toEqual([]);
      }
      expect(nth, 'it was aborted while reading and while building').toBeGreaterThan(4);
      expect(await wholeSet(directory)).toBe(NEW.length);
      expect(leftovers(folder)).toEqual([]);
    });
  });
});

/**
 * Builds in a process of its own, which kills itself at its nth change of the file system, by argument; prints
 * how many there were.
 */
const SUICIDAL = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const [pipeline, nth, out, ...inputs] = process.argv.slice(1);
let done = 0;
const count = (module, names) => {
  for (const name of names) {
    const real = module[name];
    module[name] = (...args) => {
      // The number of reads varies: files that two readers need at once are read once.
      const isRead = /^open/.test(name) && (args[1] ?? 'r') === 'r';
      if (!isRead && done++ === Number(nth)) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    };
  }
};
count(fs, ['renameSync', 'writeFileSync', 'mkdirSync', 'mkdtempSync', 'rmSync', 'rmdirSync', 'writeSync', 'openSync']);
count(fs.promises, ['open', 'rename', 'mkdir', 'rm']);
syncBuiltinESMExports();
const { build } = await import(pipeline);
await build(inputs, out, { workers: 1, memoryBytes: 1 << 26, gzipLevel: 1, chunkLimit: 40 });
console.log(done);
`;

async function suicidalBuild(
  nth: number,
  out: string,
  inputs: readonly string[],
): Promise<number | 'killed'> {
  const args = ['--input-type=module', '-e', SUICIDAL, PIPELINE, String(nth), out, ...inputs];
  const { code, stdout, stderr } = await runProcess(process.execPath, args);
  expect([0, null], stderr).toContain(code);
  return code === 0 ? Number(stdout) : 'killed';
}

describe('a build that is killed', () => {
  test('leaves the old set or the new one, whole, and the next build removes what it left', async () => {
    await withOldSet(async ({ folder, directory, inputs, old }) => {
      const pathsOf = (at: string) => readdirSync(at, { recursive: true }).map(String).sort();
      const isOfSet = (path: string) => !path.startsWith('.');
      const oldPaths = pathsOf(directory).filter(isOfSet);
      const copy = join(folder, 'set-copy');
      cpSync(directory, copy, { recursive: true });
      const total = await suicidalBuild(-1, copy, inputs);
      if (total === 'killed') expect.fail('it was not to be killed');
      const found = { old: 0, new: 0, leftovers: 0 };
      // Random instants, and those around the change that makes the new set count.
      const instants = fc.sample(fc.nat(total - 1), { numRuns: 5, seed: 20261128 });
      for (const nth of [...instants, total - 5, total - 3, total - 1]) {
        rmSync(copy, { recursive: true });
        cpSync(directory, copy, { recursive: true });
        expect(await suicidalBuild(nth, copy, inputs)).toBe('killed');
        const isOld = JSON.stringify(readSet(copy).index) === old[0];
        expect(await wholeSet(copy)).toBe(isOld ? OLD.length : NEW.length);
        found[isOld ? 'old' : 'new']++;
        if (leftoversIn(copy).length > 0) found.leftovers++;
        const kept = isOld ? oldPaths : pathsOf(copy).filter(isOfSet);
        await build([join(folder, 'set-0.json')], copy, { gzipLevel: 1 });
        expect(pathsOf(copy), `killed at ${nth} of ${total}`).toEqual(
          [...new Set([...kept, ...oldPaths])].sort(),
        );
        expect(fingerprint(readSet(copy))[0]).toBe(old[0]);
      }
      expect(found.old, 'killed before the index moved').toBeGreaterThan(3);
      expect(found.new, 'and after').toBeGreaterThan(0);
      expect(found.leftovers).toBeGreaterThan(3);
      // A folder that was not there holds no set after the kill, and is built to again.
      const fresh = join(folder, 'set-fresh');
      expect(await suicidalBuild(total - 20, fresh, inputs)).toBe('killed');
      expect(existsSync(join(fresh, 'index.json'))).toBe(false);
      await build([join(folder, 'set-0.json')], fresh, { gzipLevel: 1 });
      expect(pathsOf(fresh)).toEqual(oldPaths);
    });
  });
});
