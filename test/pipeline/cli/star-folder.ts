/** A small set for tests of the command line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { ndjson } from '#test/support/chunk-sets.ts';
import { call } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** Systems on a line, at 0, 1, 2 and so on; every tenth has two planets of one moon each, and a station. */
export const STARS = Array.from({ length: 60 }, (_, i) => ({
  id: `S${String(i).padStart(2, '0')}`,
  name: `Star ${i}`,
  x: i === 0 ? -0 : i,
  y: 0,
  z: 0,
  region: i < 30 ? 'West' : 'East',
  kind: ['dwarf', 5, '5', true, 'dwarf, giant'][i % 5]!,
  ...(i % 10 === 0 && {
    planets: [{ moons: [{ name: 'm' }] }, { moons: [{ name: 'n' }] }],
    space_station: { name: 's' },
    distance: 'far',
  }),
}));

/** A folder for the tests of a file, with the stars in `systems.ndjson` and their set in `set`. */
export function starFolder() {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const write = (name: string, text: string) => {
    writeFileSync(at(name), text);
    return at(name);
  };
  beforeAll(async () => {
    const input = write('systems.ndjson', ndjson(STARS));
    const { code } = await call([
      'build',
      input,
      '--out',
      at('set'),
      '--chunk-limit',
      '8',
      '--listings',
      'kind,kind:desc',
      '--quiet',
    ]);
    expect(code).toBe(0);
  });
  afterAll(() => folder.remove());
  return { path: folder.path, at, write };
}
