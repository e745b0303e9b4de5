// Prints `PASSED FAILED` of a vitest JSON report; skipped tests are named and count as failed.
import { readFileSync } from 'node:fs';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ status, fullName }) => ({ status, title: `${name}: ${fullName}` })),
);
const passed = tests.filter(({ status }) => status === 'passed');
// A file that could not be loaded has no tests.
const broken = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
for (const { status, title } of tests) {
  if (status !== 'passed' && status !== 'failed') console.error(`SKIPPED ${title}`);
}
console.log(`${String(passed.length)} ${String(tests.length - passed.length + broken.length)}`);
