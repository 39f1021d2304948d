/** Builds with and without the engine: the same sets, the same rejected records, the same errors. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { type BuildOptions, build } from '#pipeline/index.ts';
import { inFolder } from '#test/support/temporary.ts';

/** The set of a build, its summary, and everything that it reports. */
async function builtBy(engine: Engine, input: string, out: string, options: BuildOptions) {
  const notes: unknown[] = [];
  const note =
    (kind: string) =>
    (...about: unknown[]) =>
      void notes.push([kind, ...about]);
  const events = { onReject: note('reject'), onSkip: note('skip'), onDuplicate: note('duplicate') };
  try {
    const all = await build([input], out, { flush: false, gzipLevel: 1, ...options, engine }, events);
    const { seconds: _, peakMemoryBytes: __, ...summary } = all;
    return { index: readFileSync(join(out, 'index.json'), 'utf8'), summary, notes };
  } catch (error) {
    return { message: (error as Error).message, notes };
  }
}

/** Builds the same input with both engines; returns what both give. */
function bothOf(content: string | Buffer, options: BuildOptions = {}) {
  return inFolder(async folder => {
    const input = join(folder, 'input');
    writeFileSync(input, content);
    const wasm = await builtBy('wasm', input, join(folder, 'wasm'), options);
    expect(wasm).toEqual(await builtBy('js', input, join(folder, 'js'), options));
    return wasm;
  });
}

const galaxy = (count: number) => [...galaxySystems({ count })].map(system => JSON.stringify(system));

/** Records that JavaScript decides about, between others. */
const ODD = [
  '{"id":"odd","name":"\\u0041\\n","x":1.0,"y":-0,"z":1e2,"region":"\\u0042"}',
  '{"id":"odd","name":"A\\u000a","x":1,"y":-0,"z":100,"region":"B"}',
  '{ "id":"same","x":1,"y":2,"z":3 }',
  '{"id":"same","x":1,"y":2,"z":3}',
  '{"id":"same","x":1,"y":2,"z":3}',
  '{"id":"same","x":1,"y":2,"z":4}',
  '{"id":7,"x":1,"y":2,"z":3,"proper":"Seven"}',
  '{"id":"7","x":1,"y":2,"z":3,"name":null}',
  '{"id64":12345678901234567890,"x":1,"y":2,"z":3}',
  '{"x_cords":1,"y_cords":2,"z_cords":3,"name":"old"}',
  '{"x":1,"y":2,"z":3,"name":"no id"}',
  '{"id":"list","coords":[1,2,3]}',
  '{"id":"b","x":1,"y":2,"z":3,"type":"region"}',
  '{"id":"c","x":1,"y":2,"z":3,"a":{"k":1,"k":2}}',
  '{"id":"d","x":1,"y":2,"z":3,"x":4}',
  '{"id":"e","x":1,"y":2,"z":3,"t":"\\ud800"}',
  '{"id":"f","x":1,"y":2}',
  '{"id":"g","x":"1","y":"2","z":"3"}',
  '{"id":"h","x":1,"y":2,"z":3,"name":{}}',
  '{"id":[],"x":1,"y":2,"z":3}',
  `{"id":"i","x":1,"y":2,"z":3,"deep":${'['.repeat(300)}${']'.repeat(300)}}`,
  `{"id":"j","x":1,"y":2,"z":3,"deep":${'['.repeat(100)}${']'.repeat(100)}}`,
  '{"id":"k","x":1,"y":2,"z":1e400}',
  '{"id":"l","x":1,"y":2,"z":3,"__proto__":{"id":"m"},"2":1,"1":2}',
  '{"type":"Feature","id":"n","geometry":{"type":"Point","coordinates":[1,2,3]},"properties":{"x":7}}',
  '[1]',
  '"text"',
];

function mixed(): string[] {
  return galaxy(200).flatMap((line, i) => (i % 5 === 0 && ODD[i / 5] ? [line, ODD[i / 5]!] : [line]));
}

describe('the engine and JavaScript', () => {
  test.each(['\n', '\r\n', ' \n\n'])('build the same from lines that end with %j', async end => {
    const { summary, notes } = await bothOf(mixed().join(end), { onDuplicate: 'first' });
    expect(summary).toMatchObject({ duplicates: 2, identical: 3, skipped: 1 });
    expect(notes.length).toBeGreaterThan(10);
  });

  test('find the same conflict between two systems', async () => {
    const { message } = await bothOf(mixed().join('\n'));
    expect(message).toMatch(/line \d+, byte \d+: field id: "7" is already the id of a different system/);
  });

  test('build the same from bytes that are not UTF-8, with marks between files', async () => {
    const { summary, notes } = await bothOf(
      Buffer.concat([
        Buffer.from(`\uFEFF${galaxy(2)[1]}\n{"id":"a","x":1,"y":2,"z":3,"t":"`),
        Buffer.from([0xff]),
        Buffer.from(`"}\n\uFEFF${galaxy(3).join('\n\uFEFF')}\n`),
      ]),
    );
    expect(summary).toMatchObject({ systems: 3, rejected: 1, identical: 1 });
    expect(notes).toHaveLength(1);
  });

  test('report the same syntax error, at the same place', async () => {
    const lines = galaxy(30);
    lines[17] = lines[17]!.replace('"region":', '"region"');
    const { message } = await bothOf(lines.join('\n'));
    expect(message).toMatch(/malformed JSON.* line 18, column \d+/);
    const broken = galaxy(3).join('\n').replace(',"y"', ',\n"y"');
    expect((await bothOf(broken)).message ?? 'built').toMatch(/built|malformed/);
  });

  test('build the same from documents of every shape', async () => {
    const all = mixed().filter(line => line.startsWith('{') && !line.includes('1e400'));
    const pretty = (line: string) => line.replaceAll(',"', ',\r\n\t"').replaceAll('{', '{ \n');
    const options = { onDuplicate: 'last' } as const;
    const keyed = (text: string, i: number) => `"key ${i}":${text}`;
    const meta = '"_meta":{"version":1}';
    const documents = [
      `[${all.map(pretty).join(',\n')}]`,
      `{${meta},${all.map(keyed).join()}}`,
      `{${meta},"systems":{${all.map(pretty).map(keyed).join()}}}`,
      `{"region one":[${all.slice(0, 90).join()}],"\\ud800":[${all.slice(90, 95).join()}],"R":[${all.slice(95).join()}]}`,
      `{"${all.map((line, i) => `${i % 3 === 0 ? '\\ud800' : ''}${i}":${line}`).join(',"')}}`,
    ];
    for (const document of documents) {
      const { summary } = await bothOf(document, options);
      expect(summary!.systems).toBeGreaterThan(100);
    }
  });

  test('build the same with a map of fields, and see the same name field', async () => {
    const lines = Array.from(
      { length: 50 },
      (_, i) => `{"id":${i},"proper":"Star ${i}","pos":{"x":${i},"y":0.1,"z":1e1}}`,
    );
    const { summary } = await bothOf(lines.join('\n'), { map: { xyz: 'pos' } });
    expect(summary).toMatchObject({ systems: 50, nameField: 'proper' });
    expect((await bothOf(lines.join('\n'), { map: { xyz: 'pos', name: 'proper' } })).summary).toMatchObject({
      nameField: null,
    });
  });

  test('build the same in many splits, with a sample of the records', async () => {
    const lines = galaxy(7_000);
    for (const [i, odd] of ODD.entries()) lines.splice(211 * i, 0, odd);
    const { summary, notes } = await bothOf(lines.join('\n'), {
      ...{ onDuplicate: 'first', workers: 1, memoryBytes: 64 << 20 },
      search: { mode: 'none' },
    });
    expect(summary!.systems).toBeGreaterThan(7_000);
    expect(notes.length).toBeGreaterThan(10);
  });
});
