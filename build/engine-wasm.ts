/** Compiles the engine (pipeline/engine/assembly) to WebAssembly. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const engine = fileURLToPath(new URL('../pipeline/engine/', import.meta.url));

/** The committed file. */
export const ENGINE_FILE = join(engine, 'engine.wasm');

/** 256 MiB: a call that needs more fails, and the JavaScript encoder takes its records. */
const MAX_PAGES = 4096;

/**
 * Returns the bytes of engine.wasm, which depend only on the sources and the version of the compiler.
 * @throws Error with the messages of the compiler
 */
export async function compileEngine(): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  const options = ['-O3', '--runtime', 'stub', '--noAssert', '--maximumMemory', String(MAX_PAGES)];
  const { error, stderr } = await main(
    ['exports.ts', '--baseDir', join(engine, 'assembly'), '-o', 'engine.wasm', ...options],
    {
      writeFile: (_name: string, content: Uint8Array | string) => {
        if (typeof content !== 'string') bytes = content;
      },
    },
  );
  if (error || !bytes) throw new Error(stderr.toString().trim(), { cause: error });
  return bytes;
}
