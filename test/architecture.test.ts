import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import ts from 'typescript';
import rules from './import-rules.json' with { type: 'json' };

const layers = Object.entries(rules.layers);
const packages = Object.entries(rules.packages);

const files = ['src', 'worker'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

const isIn = (file: string, places: readonly string[]): boolean =>
  places.some((place) => file.startsWith(place));

function importsOf(file: string): readonly string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName);
}

/** Imports of own modules as paths from the root: `src/plan/pack.ts`. */
function ownImports(file: string): readonly string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(file, '..', name)));
}

/** `src/plan/pack.ts -> src/aws/s3.ts` for each import that its layer does not allow. */
function forbiddenOwnImports(file: string): readonly string[] {
  const [layer, allowed] = layers.find(([name]) => file.startsWith(name)) ?? [file, []];
  return ownImports(file)
    .filter((target) => !isIn(target, [layer, ...allowed]))
    .map((target) => `${file} -> ${target}`);
}

function forbiddenPackages(file: string): readonly string[] {
  return importsOf(file)
    .filter((name) => !name.startsWith('.'))
    .filter((name) => {
      const rule = packages.find(([prefix]) => name.startsWith(prefix));
      return rule === undefined ? !name.startsWith('node:') : !isIn(file, rule[1]);
    })
    .map((name) => `${file} -> ${name}`);
}

/** `process` and `Date.now` of `process.env` and `Date.now()`, `fetch` of `fetch(...)`; not fields that bear such a name. */
function globalsUsed(file: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) names.add(node.expression.text);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      names.add(node.expression.text).add(`${node.expression.text}.${node.name.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true));
  return names;
}

const EFFECTS = ['process', 'console', 'Date.now', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'];

describe('architecture', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it('gives every source file a layer', () => {
    expect(files.filter((file) => !layers.some(([layer]) => file.startsWith(layer)))).toEqual([]);
  });

  it('lets imports point down only', () => {
    expect(files.flatMap(forbiddenOwnImports)).toEqual([]);
  });

  it('keeps each package in the folders that wrap it', () => {
    expect(files.flatMap(forbiddenPackages)).toEqual([]);
  });

  it('keeps contract, plan and terminal free of effects', () => {
    const pure = files.filter((file) => isIn(file, rules.pure));
    const found = pure.flatMap((file) => {
      const used = globalsUsed(file);
      const builtIns = importsOf(file).filter((name) => name.startsWith('node:'));
      return [...EFFECTS.filter((name) => used.has(name)), ...builtIns].map((name) => `${file}: ${name}`);
    });
    expect(found).toEqual([]);
  });

  it('reads process only at the edges', () => {
    const inner = files.filter((file) => !isIn(file, rules.process));
    expect(inner.filter((file) => globalsUsed(file).has('process'))).toEqual([]);
  });

  it('has no barrels and no catch-all files', () => {
    expect(files.filter((file) => /\/(?:index|utils?|helpers?|common|types)\.ts$/.test(file))).toEqual([]);
  });
});
