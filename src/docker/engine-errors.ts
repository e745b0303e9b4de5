import { DockerError } from '../errors.ts';

const START =
  'is Docker running? start Docker Desktop or the docker service; another engine (Colima, Rancher Desktop, Podman) is found ' +
  'through DOCKER_HOST: set it to the endpoint that `docker context inspect` shows';
const GROUP =
  'this user may not use the engine: join the docker group and log in again, or set DOCKER_HOST to an engine of yours';
const SPACE = 'the disk of the Docker engine is full: docker system prune frees what is unused';
const LOGIN =
  'run deploy again for a new token; if it stays, `cogconv iam-policy --for deploy` prints the permissions needed';
const PULL =
  'the engine could not fetch a base image: check the network, or name another one with GDAL_IMAGE or NODE_IMAGE';

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/EACCES|permission denied while trying to connect/i, GROUP],
  [/ENOENT|ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT/, START],
  [/no space left on device/i, SPACE],
  [/no basic auth credentials|authorization token has expired|not authorized|access denied|\b403\b/i, LOGIN],
  [/manifest unknown|pull access denied|failed to resolve|no such host|TLS handshake timeout/i, PULL],
  [/name unknown|repository .* does not exist/i, 'run cogconv setup first: it makes the ECR repository'],
  [
    /exec format error|no matching manifest/i,
    'the engine cannot build for linux/amd64: enable emulation (Rosetta or QEMU) in its settings',
  ],
];

/** What to do about a message of the engine; undefined when nothing is known. */
export function engineHint(message: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1];
}

/** The engine's failure for people: `docker could not push the image: denied: ...`. */
export function dockerError(doing: string, cause: unknown): DockerError {
  if (cause instanceof DockerError) return cause;
  const { message, code } = describe(cause);
  return new DockerError(`docker could not ${doing}: ${message}`, {
    cause,
    hint: engineHint(`${code} ${message}`),
  });
}

function describe(cause: unknown): { readonly message: string; readonly code: string } {
  if (!(cause instanceof Error)) return { message: String(cause), code: '' };
  const code = 'code' in cause ? String(cause.code) : '';
  return { message: cause.message || code || cause.name, code };
}
