import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { AwsError, NotSetUpError } from '../errors.ts';
import type { ImageRegistry, RegistryLogin } from '../ports-deploy.ts';
import { awsCode } from './aws-error.ts';
import type { AwsClients } from './clients.ts';

/** The ECR repository of this name in the clients' region. */
export function ecrRegistry(clients: AwsClients, repositoryName: string): ImageRegistry {
  return {
    repositoryUri: () => repositoryUri(clients, repositoryName),
    digestOf: (tag) => digestOf(clients, repositoryName, tag),
    login: () => login(clients),
  };
}

async function repositoryUri(clients: AwsClients, name: string): Promise<string> {
  const ecr = await clients.ecr();
  try {
    const { repositories = [] } = await ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: [name] }),
    );
    const uri = repositories[0]?.repositoryUri;
    if (uri !== undefined) return uri;
  } catch (error) {
    if (awsCode(error) !== 'RepositoryNotFoundException') throw error;
  }
  throw new NotSetUpError(`there is no ECR repository ${name} in ${clients.region}`, {
    hint: 'run cogconv setup first',
  });
}

async function digestOf(
  clients: AwsClients,
  repositoryName: string,
  imageTag: string,
): Promise<string | null> {
  const ecr = await clients.ecr();
  try {
    const { imageDetails = [] } = await ecr.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    return imageDetails[0]?.imageDigest ?? null;
  } catch (error) {
    if (awsCode(error) === 'ImageNotFoundException') return null;
    throw error;
  }
}

/** Good for 12 hours. */
async function login(clients: AwsClients): Promise<RegistryLogin> {
  const ecr = await clients.ecr();
  const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = '', proxyEndpoint = '' } = authorizationData[0] ?? {};
  const text = Buffer.from(authorizationToken, 'base64').toString('utf8');
  // a password may hold colons itself
  const colon = text.indexOf(':');
  if (colon === -1) throw new AwsError('ECR GetAuthorizationToken gave no usable token');
  return { username: text.slice(0, colon), password: text.slice(colon + 1), serverAddress: proxyEndpoint };
}
