// Prints the bill of materials of the worker as CycloneDX JSON: the npm packages whose code is in dist/worker.mjs and,
// of an image, Node, GDAL and the packages of its system:
//   node script/sbom.mjs [IMAGE]
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [image] = process.argv.slice(2);

const run = (command, args) =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
const inImage = (program, ...args) =>
  run('docker', ['run', '--rm', '--network', 'none', '--entrypoint', program, image, ...args]);

/** npm's own document, which has licences and hashes, cut to what is bundled. */
function npmDocument() {
  const document = JSON.parse(run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']));
  const bundled = JSON.parse(readFileSync(`${root}.scratch/worker-packages.json`, 'utf8'));
  const names = new Set(bundled.map(({ name, version }) => `${name}@${version}`));
  const components = document.components
    .filter((one) => names.has(one['bom-ref']))
    // a dependency of development for npm, as the bundle needs no package when it is installed
    .map((one) => ({ ...one, scope: 'required', properties: [] }));
  const missing = [...names].filter((name) => !components.some((one) => one['bom-ref'] === name));
  if (missing.length > 0) throw new Error(`not in package-lock.json: ${missing.join(', ')}`);
  return { ...document, components, dependencies: [] };
}

const component = (type, name, version, purl) => ({ 'bom-ref': purl, type, name, version, purl });

/** dpkg's packages: `{Package, Version, Architecture}` as purl, https://github.com/package-url/purl-spec. */
function systemPackages() {
  const system = /^ID=(.*)$/m.exec(inImage('cat', '/etc/os-release'))?.[1] ?? 'debian';
  const lines = inImage('dpkg-query', '-W', '-f', '${Package}\t${Version}\t${Architecture}\n')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [name, version, architecture] = line.split('\t');
    const purl = `pkg:deb/${system}/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
    return component('library', name, version, purl);
  });
}

/** What no package manager of the image knows: Node is copied there, and GDAL's own images build GDAL. */
function programs() {
  const node = inImage('node', '--version').trim().replace(/^v/, '');
  const gdal = /GDAL ([^,]+),/.exec(inImage('gdalinfo', '--version'))?.[1] ?? '';
  return [
    component('application', 'node', node, `pkg:generic/node@${node}`),
    component('application', 'gdal', gdal, `pkg:generic/gdal@${gdal}`),
  ];
}

const document = npmDocument();
if (image !== undefined) document.components.push(...programs(), ...systemPackages());
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
