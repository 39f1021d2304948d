import { existsSync, readFileSync } from 'node:fs';

// Prints "N passed, N failed[, N skipped]" from vitest's JSON report; fails if a test failed or none ran.

/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 * @param {FileResult[]} files
 */
function count(files) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const { status, assertionResults } of files) {
    const statuses = assertionResults.map(result => result.status);
    // A file that fails outside its tests (for example, it does not load) is a failure too.
    if (status === 'failed' && !statuses.includes('failed')) failed++;
    for (const one of statuses) {
      if (one === 'passed') passed++;
      else if (one === 'failed') failed++;
      else skipped++;
    }
  }
  return { passed, failed, skipped };
}

const [report = ''] = process.argv.slice(2);
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
const { passed, failed, skipped } = count(files);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed > 0 || passed === 0) process.exitCode = 1;
