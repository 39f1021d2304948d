import { chmod, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import manifest from '../package.json' with { type: 'json' };

// `npm run build`: client/ and pipeline/ as JavaScript and type declarations in dist/.

const root = new URL('..', import.meta.url);

await rm(new URL('dist', root), { recursive: true, force: true });
const tsc = $({ cwd: fileURLToPath(root), stdio: 'inherit', nothrow: true, preferLocal: true });
const { exitCode } = await tsc`tsc --project build/tsconfig.dist.json`;
if (exitCode !== 0) process.exit(1);

for (const file of Object.values(manifest.bin)) {
  const command = new URL(file, root);
  if (!(await readFile(command, 'utf8')).startsWith('#!/usr/bin/env node\n')) {
    throw new Error(
      `${file}: a command must begin with "#!/usr/bin/env node": put that line into its source`,
    );
  }
  await chmod(command, 0o755);
}
