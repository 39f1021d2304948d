import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readPublicApi } from './api-model.ts';
import { referenceText, signatureText } from './api-text.ts';

// `npm run api`: writes client/API.md, the reference made from the docstrings, and test/build/api.txt, the signatures
// that a review of a change looks at.

const api = await readPublicApi();
const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
await writeFile(pathOf('client/API.md'), referenceText(api));
await writeFile(pathOf('test/build/api.txt'), signatureText(api));
if (api.unnamed.length > 0) {
  console.error(`Types that no entry exports:\n${api.unnamed.map(line => `  ${line}`).join('\n')}`);
  process.exitCode = 1;
}
