import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

/** What the vitest runs have in common: the bundles' constants, and the tools that script/bootstrap put into `.venv`. */
export const shared = {
  define: { COGCONV_VERSION: JSON.stringify(version) },
  test: {
    globalSetup: ['test/global-setup.ts'],
    // Not vitest's second: it ends waits for what never comes, and a busy machine is no failure.
    expect: { poll: { timeout: 30_000 } },
    env: {
      PATH: `${root}.venv/bin${delimiter}${process.env['PATH'] ?? ''}`,
      // as the programs do: the SDK's notice of the end of Node 20, once a file, would bury what failed
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  },
};
