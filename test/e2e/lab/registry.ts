import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startProgram } from './programs.ts';

/** The host of the emulated account's repositories. */
export const ECR_HOST = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const HOSTS = '/etc/hosts';
const HOSTS_LINE = `127.0.0.1 ${ECR_HOST}`;

/** A registry under ECR's own name. */
export interface Registry {
  stop(): Promise<void>;
}

/**
 * A real registry on port 80 of this machine that bears ECR's name: the engine takes any name on 127/8 without TLS. Moto has
 * no registry behind its ECR, so what is pushed is told to it, as ECR would know by itself.
 */
export async function startRegistry(folder: string, endpoint: string): Promise<Registry> {
  const ecr = new ECRClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const events = await listenForPushes(ecr);
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'registry.json');
  writeFileSync(config, JSON.stringify(registryConfig(join(folder, 'data'), events.url)));
  const before = readFileSync(HOSTS, 'utf8');
  if (!before.includes(ECR_HOST)) appendFileSync(HOSTS, `${HOSTS_LINE}\n`);
  const server = await startProgram('docker-registry', ['serve', config], {}, async () => {
    const answer = await fetch(`http://${ECR_HOST}/v2/`).catch(() => null);
    return answer?.ok === true;
  });
  return {
    stop: async () => {
      writeFileSync(HOSTS, readFileSync(HOSTS, 'utf8').replace(`${HOSTS_LINE}\n`, ''));
      await server.stop();
      await events.close();
      ecr.destroy();
    },
  };
}

/** YAML takes JSON. */
function registryConfig(rootdirectory: string, url: string): object {
  return {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory } },
    http: { addr: '127.0.0.1:80' },
    notifications: { endpoints: [{ name: 'ecr', url, timeout: '5s', threshold: 3, backoff: '1s' }] },
  };
}

interface PushEvent {
  readonly action?: string;
  readonly target?: {
    readonly repository?: string;
    readonly tag?: string;
    readonly digest?: string;
    readonly mediaType?: string;
    readonly url?: string;
  };
}

async function listenForPushes(ecr: ECRClient): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { events } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { events: PushEvent[] };
      void Promise.all(events.map((event) => enter(ecr, event))).then(() => response.end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Only a manifest under a tag is an image. */
async function enter(ecr: ECRClient, { action, target = {} }: PushEvent): Promise<void> {
  const { repository, tag, digest, mediaType, url } = target;
  if (action !== 'push' || tag === undefined || url === undefined) return;
  // by digest: the registry links the tag only after it has told of the push
  const manifest = await fetch(`http://${ECR_HOST}/v2/${String(repository)}/manifests/${String(digest)}`, {
    headers: { accept: String(mediaType) },
  });
  if (!manifest.ok) throw new Error(`the registry has no manifest ${String(digest)} that was pushed to it`);
  await ecr
    .send(
      new PutImageCommand({
        repositoryName: repository,
        imageTag: tag,
        imageManifest: await manifest.text(),
        imageManifestMediaType: mediaType,
        imageDigest: digest,
      }),
    )
    .catch(() => undefined);
}
