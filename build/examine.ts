import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

// `npm run examine`: the test of all providers at full length, with 1,000 random queries of each kind on each
// catalogue and on a galaxy of 100,000 systems, compared with SQL. It takes about ten minutes.

const env = { ...process.env, HAVEN_TEST_QUESTIONS: '1000', HAVEN_TEST_GALAXY: '100000' };
const npm = $({ cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit', nothrow: true, env });
const { exitCode } =
  await npm`npm run --silent unit -- test/client/providers/tileset-provider.test.ts --testTimeout 3600000`;
process.exitCode = exitCode ?? 1;
