import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { compileEngine, ENGINE_FILE } from '#build/engine-wasm.ts';
import { loadModule } from '#pipeline/engine/engine-module.ts';
import { StoreError } from '#pipeline/index.ts';
import { inFolder } from '#test/support/temporary.ts';

test('engine.wasm is what its sources compile to: npm run engine', async () => {
  const committed = readFileSync(ENGINE_FILE);
  expect(committed.equals(await compileEngine())).toBe(true);
});

test('an engine.wasm that is missing or damaged is an error with its path and a way out', () =>
  inFolder(async folder => {
    const file = join(folder, 'engine.wasm');
    const load = () => loadModule(pathToFileURL(file));
    const expectError = (reason: RegExp) => {
      expect(load).toThrow(StoreError);
      expect(load).toThrow(reason);
      expect(load).toThrow(`${file} cannot be loaded: `);
      expect(load).toThrow('build with --engine js');
    };
    expectError(/ENOENT/);
    writeFileSync(file, readFileSync(ENGINE_FILE).subarray(0, 5000));
    expectError(/WebAssembly/);
  }));
