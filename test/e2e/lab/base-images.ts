import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { run } from './programs.ts';

/** GDAL 3.10; with the 3.6 of Debian 12, on which the other tests run, it lies around the 3.9 of the Dockerfile. */
const SUITE = 'trixie';
/** Stands in for the GDAL image; nothing can be pulled here. */
export const GDAL_BASE = `cogconv-lab-gdal:${SUITE}-python`;
/** Holds Node's binary and nothing else. */
export const NODE_IMAGE = 'cogconv-lab-node:22';

const FALLBACK_MIRROR = 'http://deb.debian.org/debian/';
const PATH = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Makes both images unless the engine has them; `cache` keeps what took long. */
export function ensureBaseImages(cache: string, engine: NodeJS.ProcessEnv): void {
  mkdirSync(cache, { recursive: true });
  if (!isThere(GDAL_BASE, engine)) {
    run('docker', ['import', '-c', PATH, gdalTar(cache), GDAL_BASE], engine);
  }
  if (!isThere(NODE_IMAGE, engine)) run('docker', ['import', nodeTar(cache), NODE_IMAGE], engine);
}

/** The GDAL image whose programs speak to the lab's AWS, as nothing but their environment tells them to. */
export function pointAt(endpoint: string, tag: string, engine: NodeJS.ProcessEnv): string {
  const image = `cogconv-lab-gdal:${tag}`;
  const lines = [
    `FROM ${GDAL_BASE}`,
    `ENV AWS_ENDPOINT_URL=${endpoint} AWS_ACCESS_KEY_ID=worker AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1`,
  ];
  const built = spawnSync('docker', ['build', '-q', '-t', image, '-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
    env: { ...process.env, ...engine, DOCKER_BUILDKIT: '0' },
  });
  if (built.status !== 0) throw new Error(`docker build ${image}: ${built.stderr}`);
  return image;
}

function isThere(image: string, engine: NodeJS.ProcessEnv): boolean {
  return run('docker', ['images', '-q', image], engine).trim() !== '';
}

/** A Debian with GDAL and no Node. */
function gdalTar(cache: string): string {
  const tar = join(cache, `gdal-${SUITE}-python.tar`);
  if (existsSync(tar)) return tar;
  const made = `${tar}.new`;
  const args = ['--variant=minbase', '--format=tar', '--include=ca-certificates,gdal-bin,python3-gdal'];
  const left = ['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const tidy = '--customize-hook=rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*';
  run('mmdebstrap', [...args, ...left, tidy, SUITE, made, debianMirror()]);
  renameSync(made, tar);
  return tar;
}

/** The one that this machine's own apt uses. */
function debianMirror(): string {
  const format = ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'];
  const lines = run('apt-get', format).split('\n');
  const line = lines.find((one) => /\/debian\/? [a-z]+$/.test(one));
  return line?.split(' ')[0] ?? FALLBACK_MIRROR;
}

function nodeTar(cache: string): string {
  const tar = join(cache, 'node.tar');
  if (existsSync(tar)) return tar;
  const folder = join(cache, 'node');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, 'node@22']);
  const bin = join(folder, 'node_modules/node/bin');
  run('tar', ['-C', bin, '--transform', 's,^,usr/local/bin/,', '-cf', `${tar}.new`, 'node']);
  renameSync(`${tar}.new`, tar);
  return tar;
}
