import { writeFile } from 'node:fs/promises';
import { compileEngine, ENGINE_FILE } from './engine-wasm.ts';

// `npm run engine`: compiles the engine. The file is committed, so that nothing else needs the compiler.

const bytes = await compileEngine();
await writeFile(ENGINE_FILE, bytes);
process.stdout.write(`${bytes.length} bytes\n`);
