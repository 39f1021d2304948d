import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

// `npm run examine`: tests at full length, about half an hour. Two publishers race 100 times; publish, gc and update are
// killed at 50 random instants each; garbage collection meets 1,000 random histories. All providers get 1,000 random
// queries of each kind for each catalogue and for a galaxy of 100,000 systems, and so do filters, lists and completions
// of full systems; SQL checks the results. 100,000 damaged catalogues go through all readers, and 200,000 through the
// scan of the engine.

const env = {
  ...process.env,
  HAVEN_TEST_QUESTIONS: '1000',
  HAVEN_TEST_GALAXY: '100000',
  HAVEN_TEST_RACES: '100',
  HAVEN_TEST_KILLS: '50',
  HAVEN_TEST_MUTATIONS: '100000',
  HAVEN_TEST_SCANS: '200000',
};
const files = [
  'test/pipeline/publish/bucket.test.ts',
  'test/pipeline/publish/garbage-races.test.ts',
  'test/e2e/kill.test.ts',
  'test/build/mutate.test.ts',
  'test/client/octree/filtered-queries.test.ts',
  'test/client/providers/tileset-provider.test.ts',
  'test/pipeline/engine/scan.test.ts',
];
const npm = $({ cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit', nothrow: true, env });
const { exitCode } = await npm`npm run --silent unit -- ${files} --testTimeout 3600000`;
process.exitCode = exitCode ?? 1;
