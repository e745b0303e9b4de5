// Prints `PASSED FAILED` of a vitest JSON report, and on stderr what failed and how; skipped tests count as failed.
import { readFileSync } from 'node:fs';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ status, fullName, failureMessages: messages }) => ({
    status,
    title: `${name}: ${fullName}`,
    // of where it came from, what is ours
    messages: messages.map((text) => text.replace(/\n +at .*(?:node_modules|<anonymous>).*/g, '')),
  })),
);
const passed = tests.filter(({ status }) => status === 'passed');
// A file that could not be loaded has no tests.
const broken = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
for (const { status, title, messages } of tests) {
  if (status === 'failed') console.error(`FAILED ${title}\n${messages.join('\n')}`);
  else if (status !== 'passed') console.error(`SKIPPED ${title}`);
}
for (const { name, message } of broken) console.error(`FAILED ${name}\n${message}`);
console.log(`${String(passed.length)} ${String(tests.length - passed.length + broken.length)}`);
