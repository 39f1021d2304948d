import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

// `npm run examine`: tests at full length. Two publishers race 100 times, publish, gc and update are killed at 50 random
// instants each, and garbage collection meets 1,000 random histories. The test of all providers sends 1,000 random
// queries of each kind to each catalogue and to a galaxy of 100,000 systems, compared with SQL; another test filters, lists and
// completions of full systems. 100,000 damaged catalogues
// go through all readers, and 200,000 through the scan of the engine. It takes about half an hour.

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
