import { GetDownloadUrlForLayerCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { arrayOf, objectOf, type JsonObject } from '../contract/json-fields.ts';

/** Without them ECR answers in a form without the configuration's digest. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const TIMEOUT_MS = 10_000;

/** `amd64` when the image has it, else what it is; from an index, or from the configuration. null: cannot be told. */
export async function architectureOf(
  ecr: ECRClient,
  repositoryName: string,
  manifestText: string,
): Promise<string | null> {
  try {
    const manifest = objectOf(JSON.parse(manifestText), 'manifest');
    if (manifest['manifests'] !== undefined) return fromIndex(arrayOf(manifest['manifests'], 'manifests'));
    const layerDigest = String(objectOf(manifest['config'], 'config')['digest']);
    const layer = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));
    return textOf(await download(layer.downloadUrl ?? ''), 'architecture');
  } catch {
    // a diagnosis only: whatever is in the way, the answer is "cannot be told"
    return null;
  }
}

function fromIndex(entries: readonly unknown[]): string | null {
  const found = entries.map((entry) => {
    const { platform = {} } = objectOf(entry, 'manifest entry');
    return textOf(objectOf(platform, 'platform'), 'architecture');
  });
  return (
    found.find((one) => one === 'amd64') ?? found.find((one) => one !== null && one !== 'unknown') ?? null
  );
}

async function download(url: string): Promise<JsonObject> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return objectOf(await response.json(), 'image configuration');
}

function textOf(from: JsonObject, field: string): string | null {
  const value = from[field];
  return typeof value === 'string' ? value : null;
}
