import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileEngine, ENGINE_FILE } from '#build/engine-wasm.ts';

test('engine.wasm is what its sources compile to: npm run engine', async () => {
  const committed = readFileSync(ENGINE_FILE);
  expect(committed.equals(await compileEngine())).toBe(true);
});
