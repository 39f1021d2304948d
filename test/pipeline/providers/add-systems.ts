/** Adds systems to a catalogue, for tests: node add-systems.ts PATH PREFIX COUNT. Prints the name of an error. */
import { openWritableProvider } from '#pipeline/index.ts';
import { patiently } from '#test/support/patiently.ts';

const [path, prefix, count] = process.argv.slice(2) as [string, string, string];
try {
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
