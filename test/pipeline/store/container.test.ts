/**
 * Builds in containers of a kind: each has its own process ids, which repeat, and its own mounts, in which the
 * destination is a mount point.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { galaxy } from '#data/galaxy.ts';
import { readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { COMMAND, outcome, startProcess, succeeds, until } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const CONTAINER = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const CONTAINERS = succeeds('unshare', [...CONTAINER, 'mount', '-t', 'tmpfs', 'none', '/mnt']);

const SMALL = '{"id":"a","x":1,"y":2,"z":3}\n';
const OTHER = '{"id":"b","x":1,"y":2,"z":3}\n{"id":"c","x":4,"y":5,"z":6}\n';

/** Starts a script of the shell in a container; `$build` builds, `$@` are the other arguments. */
function inContainer(script: string, ...args: string[]): ChildProcess {
  const build = `build() { "${process.execPath}" "${COMMAND}" build "$@" --quiet; }`;
  return startProcess('unshare', [...CONTAINER, 'sh', '-euc', `${build}\n${script}`, 'sh', ...args]);
}

const hidden = (folder: string) => readdirSync(folder).filter(name => name.startsWith('.'));

describe.skipIf(!CONTAINERS)('in a container', () => {
  test('the destination may be a mount point, empty or with a set, under a parent that is read-only', () =>
    inFolder(async folder => {
      const [small, other] = writeInputs(folder, 'in', [SMALL, OTHER]);
      mkdirSync(join(folder, 'parent/set'), { recursive: true });
      const script = `
        mount --bind "$1" "$1"
        mount -t tmpfs none "$1/set"
        mkdir "$1/set/lost+found"
        mount -o remount,ro,bind "$1"
        ! touch "$1/x" 2>/dev/null
        before=$(stat -c '%i %a %u %g' "$1/set")
        build "$2" --out "$1/set"
        build "$3" --out "$1/set"
        (cd "$1/set" && build "$2" --out .)
        [ "$before" = "$(stat -c '%i %a %u %g' "$1/set")" ]
        ls -A "$1/set"
        cat "$1/set/index.json"`;
      const ended = await outcome(inContainer(script, join(folder, 'parent'), small!, other!));
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const lines = ended.stdout.split('\n');
      expect(JSON.parse(lines.pop()!)).toMatchObject({ counts: { systems: 1 } });
      expect(lines.filter(name => name.startsWith('.'))).toEqual([]);
    }));

  test('a destination that cannot work is reported before any input is read: a read-only folder, a kind on another disk', () =>
    inFolder(async folder => {
      const [bad, small] = writeInputs(folder, 'in', ['not JSON', SMALL]);
      mkdirSync(join(folder, 'ro'));
      mkdirSync(join(folder, 'set'));
      const script = `
        mount -t tmpfs -o ro none "$1/ro"
        build "$2" --out "$1/ro" || echo "exit $?"
        build "$2" --out "$1/ro/below" || echo "exit $?"
        build "$3" --out "$1/set"
        mount -t tmpfs none "$1/set/chunks"
        build "$2" --out "$1/set" || echo "exit $?"
        ls -A "$1/ro"`;
      const { stdout, stderr, code } = await outcome(inContainer(script, folder, bad!, small!));
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'exit 3\nexit 3\nexit 3\n' });
      const [readOnly, below, otherDisk] = stderr.split('\n');
      expect(readOnly).toMatch(/cannot write to .*\/ro: EROFS.*mounted read-only/);
      expect(below).toMatch(/cannot write to .*\/ro\/below: EROFS.*mounted read-only/);
      expect(otherDisk).toContain(`${join(folder, 'set/chunks')} is on another file system`);
    }));

  test('two share a volume: one builds, the other fails at once; one is killed, the next builds and cleans up', () =>
    inFolder(async folder => {
      const [small] = writeInputs(folder, 'in', [SMALL]);
      const volume = join(folder, 'volume');
      for (const name of ['volume', 'a', 'b']) mkdirSync(join(folder, name));
      /** Mounts the volume and builds to it from standard input. */
      const script = 'mount --bind "$1" "$2"; echo "$$"; build - --out "$2"';
      const started = () => {
        const child = inContainer(script, volume, join(folder, 'a'));
        return { child, ended: outcome(child) };
      };
      const waiting = async () => {
        await until(() => hidden(volume).some(name => existsSync(join(volume, name, 'scratch'))));
      };

      const first = started();
      await waiting();
      const second = started();
      second.child.stdin!.end(SMALL);
      const refused = await second.ended;
      // The same process id: it tells nothing.
      expect(refused).toMatchObject({ code: 3, stdout: '1\n' });
      expect(refused.stderr).toMatch(/^haven-chunks: .*\/a is in use: /);
      first.child.stdin!.end(OTHER);
      expect(await first.ended).toEqual({ code: 0, stdout: '1\n', stderr: '' });
      expect(readSet(volume).index.counts.systems).toBe(2);
      expect(hidden(volume)).toEqual([]);

      // Its input has no end, also not when its reader is about to be killed.
      const endless = 'mount --bind "$1" "$2"; mkfifo "$3"; build - --out "$2" 0<> "$3"';
      const killed = inContainer(endless, volume, join(folder, 'a'), join(folder, 'input'));
      const end = outcome(killed);
      await waiting();
      killed.kill('SIGKILL');
      await end;
      expect(hidden(volume)).not.toEqual([]);
      expect(readSet(volume).index.counts.systems).toBe(2);

      const script2 = 'mount --bind "$1" "$2"; build "$3" --out "$2"';
      const next = await outcome(inContainer(script2, volume, join(folder, 'b'), small!));
      expect(next).toMatchObject({ code: 0, stderr: '' });
      expect(readSet(volume).index.counts.systems).toBe(1);
      expect(hidden(volume)).toEqual([]);
    }));

  test.each([
    ['where the set grows', '--temp "$1"'],
    ['where records are set aside', ''],
  ])('a full disk, %s: the message names the path and the cure; the old set stays', (_, temp) =>
    inFolder(async folder => {
      const large = join(folder, 'large.ndjson');
      writeFileSync(large, [...galaxy({ count: 12_000 })].join(''));
      const [small] = writeInputs(folder, 'in', [SMALL]);
      mkdirSync(join(folder, 'set'));
      const script = `
        mount -t tmpfs -o size=400k none "$1/set"
        build "$2" --out "$1/set"
        before=$(find "$1/set" | sort)
        build "$3" --out "$1/set" ${temp} --workers 2 --search none || echo "exit $?"
        [ "$before" = "$(find "$1/set" | sort)" ]
        cat "$1/set/index.json"`;
      const { code, stdout, stderr } = await outcome(inContainer(script, folder, small!, large));
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('ENOSPC') });
      expect(stderr).toContain(join(folder, 'set'));
      expect(stderr).toContain('free some space');
      const [exit, index] = stdout.split('\n');
      expect(exit).toBe('exit 3');
      expect(JSON.parse(index!)).toMatchObject({ counts: { systems: 1 } });
    }),
  );
});

test('too many open files: the message names the path and the cure, and nothing stays behind', () =>
  inFolder(async folder => {
    const [input] = writeInputs(folder, 'in', [SMALL]);
    const out = join(folder, 'set');
    const messages: string[] = [];
    // How many files Node opens for itself differs; below, it does not even start.
    for (let limit = 16; ; limit += 2) {
      const limited = ['-c', `ulimit -n ${limit} && exec "$0" "$@"`, process.execPath];
      const ended = await outcome(
        startProcess('sh', [...limited, COMMAND, 'build', input!, '--out', out, '--quiet']),
      );
      if (ended.code === 0) break;
      if (ended.code !== 3) continue;
      messages.push(ended.stderr);
      expect(existsSync(out)).toBe(false);
    }
    expect(messages).not.toEqual([]);
    for (const message of messages) {
      expect(message).toContain('EMFILE');
      expect(message).toContain(out);
      expect(message).toContain('ulimit -n');
    }
    expect(statSync(out).isDirectory()).toBe(true);
  }));
