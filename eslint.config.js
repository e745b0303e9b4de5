import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The same table is held by test/architecture.test.ts; here it is for the editor.
const rules = JSON.parse(readFileSync(new URL('test/import-rules.json', import.meta.url), 'utf8'));

const PURE_GLOBALS = [
  'process',
  'console',
  'performance',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

const LENGTHS = {
  'max-lines': ['error', { max: 250 }],
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
};

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const isFolder = (path) => path.endsWith('/');
/** A path that is neither a file nor a folder begins the names of several files: `src/ports`. */
const globOf = (path) => (isFolder(path) ? `${path}**` : path.endsWith('.ts') ? path : `${path}*.ts`);
const mayUse = (path, places) => places.some((place) => path.startsWith(place) || place.startsWith(path));

/** A disable comment without a reason is a rule switched off by nobody. */
const disableNeedsReason = {
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (/^\s*eslint-disable/.test(comment.value) && !/\s--\s+\S/.test(comment.value)) {
          context.report({ loc: comment.loc, message: 'say why after `--` in this disable comment' });
        }
      }
    },
  }),
};

/** Own modules that a layer may name, as one regular expression over the import's text. */
function ownModules(layer, allowed) {
  const inRoot = !isFolder(layer);
  const names = allowed.map((path) => escape(path.replace(/^src\//, '')));
  const up = layer === 'worker/' ? '^\\.\\./src/' : inRoot ? '^\\./' : '^(?:\\.\\./)+(?!\\.\\./)';
  const own = layer === 'worker/' ? [] : [escape(layer.replace(/^src\//, ''))];
  const choices = [...names, ...own].join('|');
  return choices === '' ? up : `${up}(?!${choices})`;
}

function importBans(layer, allowed) {
  const outside = Object.entries(rules.packages)
    .filter(([, places]) => !mayUse(layer, places))
    .map(([name]) => ({
      regex: `^${escape(name)}`,
      message: `${layer} does not use ${name}: test/import-rules.json`,
    }));
  const pure = rules.pure.includes(layer)
    ? [{ regex: '^node:', message: `${layer} is pure: data in, data out` }]
    : [];
  return [
    {
      regex: ownModules(layer, allowed),
      message: `imports point down only: test/import-rules.json, ${layer}`,
    },
    ...outside,
    ...pure,
  ];
}

function globalBans(layer) {
  if (rules.pure.includes(layer)) return PURE_GLOBALS;
  return mayUse(layer, rules.process) ? [] : ['process'];
}

const layerConfigs = Object.entries(rules.layers).map(([layer, allowed]) => ({
  files: [globOf(layer)],
  rules: {
    'no-restricted-imports': ['error', { patterns: importBans(layer, allowed) }],
    'no-restricted-globals': ['error', ...globalBans(layer)],
    ...(rules.pure.includes(layer)
      ? {
          'no-restricted-properties': [
            'error',
            { object: 'Date', property: 'now', message: 'time comes in as data' },
          ],
        }
      : {}),
  },
}));

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.venv/', '.scratch/', 'cog_status/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    plugins: { cogconv: { rules: { 'disable-needs-reason': disableNeedsReason } } },
    rules: {
      'cogconv/disable-needs-reason': 'error',
      complexity: ['error', 10],
      eqeqeq: 'error',
      ...LENGTHS,
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  ...layerConfigs,
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      // What doubles need: methods passed by name, and async ones that have nothing to await.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  { files: ['bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
  },
);
