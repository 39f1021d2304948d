import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

// `npm test` runs lint, types and tests, each even if one before it failed;
// `npm test -- test/some.test.ts` runs vitest alone, with these arguments.

const vitestArguments = process.argv.slice(2);
const scripts = vitestArguments.length > 0 ? ['unit'] : ['lint', 'types', 'unit'];

const npm = $({ cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit', nothrow: true });
const failed: string[] = [];
for (const script of scripts) {
  const forwarded = script === 'unit' ? ['--', ...vitestArguments] : [];
  const { exitCode } = await npm`npm run --silent ${script} ${forwarded}`;
  if (exitCode !== 0) failed.push(script);
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
