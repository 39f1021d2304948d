/** Calls of the engine that trap, and chunks with records that are not plain. */
import { expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { pack } from '#format/index.ts';
import { callEngine } from '#pipeline/engine/engine-call.ts';
import { encodeJson, encodeObjects } from '#pipeline/octree/row-encoder.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';

const GIBIBYTE = 2 ** 30;

test('a call that needs too much memory has no result, and the next call works', () => {
  const fill = () =>
    callEngine(({ allocate }) => {
      for (;;) allocate(GIBIBYTE);
    });
  expect(fill()).toBeUndefined();
  expect(callEngine(({ hasGivenUp }) => hasGivenUp())).toBe(0);
});

test('any other trap is thrown: it is a fault of the engine', () => {
  const BEYOND = 2 ** 32 - 64;
  expect(() => callEngine(engine => engine.packDetails(BEYOND, 1))).toThrow(WebAssembly.RuntimeError);
  expect(callEngine(({ hasGivenUp }) => hasGivenUp())).toBe(0);
});

test('the engine also packs chunks with records that JavaScript has normalised', () => {
  const plain = [...galaxySystems({ count: 20 })] as unknown as JsonObject[];
  const odd: JsonObject[] = [
    { id: 'a', name: 7, x: -0, y: 2, z: 3, t: [-0, 2.5e21, { __proto__: null }] },
    { id64: 12, name: 'b', x: '1', y: 2, z: 3, Materials: 'Gold' },
    { name: 'c', pos: { x: 1, y: 2, z: 3 }, coords: null, x: 0, y: 0, z: 0, '2': 1, '1': 2 },
  ];
  const systems = [...plain, ...odd].map(record => {
    const location = { file: 'test', input: 0, offset: 0, line: 1, column: 1 };
    const outcome = normalise({ bytes: Buffer.from(JSON.stringify(record)), location });
    if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
    return outcome.system;
  });
  const [rows, reference] = [encodeJson, encodeObjects].map(encode => encode(systems, new Set()));
  const bytesOf = (content: unknown) =>
    Buffer.from(content instanceof Uint8Array ? content : pack(content as JsonObject));
  expect(rows!.weights).toEqual(reference!.weights);
  expect(rows!.chunk()).toBeInstanceOf(Uint8Array);
  expect(bytesOf(rows!.chunk())).toEqual(bytesOf(reference!.chunk()));
  expect(rows!.details(0, 22)).toBeInstanceOf(Uint8Array);
  for (const [start, end] of [
    [0, 22],
    [20, 21],
    [5, 23],
    [22, 23],
  ] as const)
    expect(bytesOf(rows!.details(start, end))).toEqual(bytesOf(reference!.details(start, end)));
});
