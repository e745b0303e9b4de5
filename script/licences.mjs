// The licences of the packages whose code is in the bundles, which must go where their code goes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** `node_modules/a/node_modules/@b/c/d.js` -> `node_modules/a/node_modules/@b/c`. */
const packageFolder = (file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

/** Folder, name, version and licence of each package that one of the modules (absolute paths) belongs to. */
export function bundledPackages(root, modules) {
  const files = modules.filter((file) => file.startsWith(root)).map((file) => relative(root, file));
  const folders = [...new Set(files.map(packageFolder))].filter(
    (folder) => folder !== undefined && existsSync(join(root, folder, 'package.json')),
  );
  return folders.sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return { folder, name, version, license };
  });
}

function licenceOf(root, { folder, name, version, license }) {
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? String(license) : readFileSync(join(root, folder, file), 'utf8').trim();
  return { title: `${name} ${version}`, text };
}

/** One text for all packages that the modules belong to; equal licences stand once. */
export function licenceText(root, modules) {
  const byText = new Map();
  for (const { title, text } of bundledPackages(root, modules).map((one) => licenceOf(root, one))) {
    byText.set(text, [...(byText.get(text) ?? []), title]);
  }
  const parts = [...byText].map(([text, titles]) => `${titles.join('\n')}\n\n${text}\n`);
  return `Code of these packages is in this folder.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
