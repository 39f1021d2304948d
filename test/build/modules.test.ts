/** The modules of the package for Node, as the set-up of the tests has compiled them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMAND } from '#test/support/run-command.ts';

const DIST = dirname(COMMAND);
const texts = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.js'))
  .map(path => ({ path, text: readFileSync(join(DIST, path), 'utf8') }));

test('import only modules from which they use something', () => {
  expect(texts.length).toBeGreaterThan(50);
  const names = (text: string) => Array.from(text.matchAll(/\bimport\s*"(\.[^"]+)"/g), ([, name]) => name);
  expect(texts.filter(({ text }) => names(text).length > 0).map(({ path }) => path)).toEqual([]);
});
