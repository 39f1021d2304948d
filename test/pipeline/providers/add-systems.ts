/**
 * Adds systems to a catalogue, for tests: node add-systems.ts PIPELINE PATH PREFIX COUNT, with the URL of the compiled
 * `haven-chunks/pipeline`. Prints the name of an error.
 */
import { patiently } from '#test/support/patiently.ts';

const [pipeline, path, prefix, count] = process.argv.slice(2) as [string, string, string, string];
try {
  const { openWritableProvider } = (await import(pipeline)) as typeof import('#pipeline/index.ts');
  const provider = await openWritableProvider(path);
  for (let nth = 0; nth < Number(count); nth++) {
    const id = `${prefix}${nth}`;
    await patiently(() => provider.addSystem({ id, name: id, x: nth, y: 1, z: 0 }));
  }
  provider.close();
} catch (error) {
  console.log(`${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
