import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from '#pipeline/index.ts';

// `npm run golden`: rebuilds the set in test/golden/. It is committed, and must be readable for ever: a change of its
// files is a change of the format, and needs a new version unless readers of this version can read them.

const golden = new URL('../test/golden/', import.meta.url);
const set = fileURLToPath(new URL('set', golden));
const options = JSON.parse(await readFile(new URL('options.json', golden), 'utf8'));

await rm(set, { recursive: true, force: true });
const { files, bytes } = await build([fileURLToPath(new URL('catalogue.json', golden))], set, options);
process.stdout.write(`${files} files, ${bytes} bytes\n`);
