import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  ListTagsForResourceCommand,
  paginateListImages,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
  type ECRClient,
  type ImageTagMutability,
  type Repository,
} from '@aws-sdk/client-ecr';
import { canonicalDocument } from '../plan/policy-document.ts';
import type { RepositorySpec, RepositoryState } from '../plan/repository.ts';
import type { ImageFacts, Repositories } from '../ports-aws.ts';
import { awsCode } from './aws-error.ts';
import type { AwsClients } from './clients.ts';
import { orNull } from './consistency.ts';
import { architectureOf, MANIFEST_TYPES } from './ecr-architecture.ts';
import { fromTagList, missingTags, toTagList } from './tag-lists.ts';

const MISSING = ['RepositoryNotFoundException'];

/** ECR repositories. */
export function ecrRepositories({ ecr }: AwsClients): Repositories {
  return {
    find: async (name) => await findRepository(await ecr(), name),
    ensure: async (spec, found) => {
      const client = await ecr();
      await (found === null ? createRepository(client, spec) : mendRepository(client, spec, found));
    },
    countImages: async (name) => await countImages(await ecr(), name),
    delete: async (name, { images }) => await deleteRepository(await ecr(), name, images),
    image: async (repository, reference) => await findImage(await ecr(), repository, reference),
  };
}

async function findRepository(ecr: ECRClient, repositoryName: string): Promise<RepositoryState | null> {
  const describe = new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] });
  const [found] = (await orNull(MISSING, ecr.send(describe)))?.repositories ?? [];
  if (found === undefined) return null;
  const { repositoryArn = '', repositoryUri = '' } = found;
  const listed = await ecr.send(new ListTagsForResourceCommand({ resourceArn: repositoryArn }));
  const policy = new GetLifecyclePolicyCommand({ repositoryName });
  const lifecycle = await orNull(['LifecyclePolicyNotFoundException'], ecr.send(policy));
  return {
    arn: repositoryArn,
    uri: repositoryUri,
    ...imageRules(found),
    lifecyclePolicy: lifecycle?.lifecyclePolicyText ?? null,
    tags: fromTagList(listed.tags),
  };
}

function imageRules(
  found: Repository,
): Pick<RepositoryState, 'scanOnPush' | 'tagMutability' | 'mutableTags'> {
  const { imageTagMutability = 'MUTABLE', imageTagMutabilityExclusionFilters = [] } = found;
  return {
    scanOnPush: found.imageScanningConfiguration?.scanOnPush ?? false,
    tagMutability: imageTagMutability,
    mutableTags: imageTagMutabilityExclusionFilters.flatMap(({ filter }) => filter ?? []),
  };
}

async function createRepository(ecr: ECRClient, spec: RepositorySpec): Promise<void> {
  const { name: repositoryName, lifecyclePolicy: lifecyclePolicyText } = spec;
  const create = new CreateRepositoryCommand({
    repositoryName,
    imageScanningConfiguration: { scanOnPush: spec.scanOnPush },
    tags: toTagList(spec.tags),
    ...mutability(spec),
  });
  await orNull(['RepositoryAlreadyExistsException'], ecr.send(create));
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
}

async function mendRepository(ecr: ECRClient, spec: RepositorySpec, found: RepositoryState): Promise<void> {
  const repositoryName = spec.name;
  if (found.scanOnPush !== spec.scanOnPush) {
    const imageScanningConfiguration = { scanOnPush: spec.scanOnPush };
    await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }));
  }
  if (found.tagMutability !== spec.tagMutability || String(found.mutableTags) !== String(spec.mutableTags)) {
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...mutability(spec) }));
  }
  const { lifecyclePolicy: lifecyclePolicyText } = spec;
  if (canonicalDocument(found.lifecyclePolicy ?? '') !== canonicalDocument(lifecyclePolicyText)) {
    await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  }
  const tags = missingTags(spec.tags, found.tags);
  if (tags === null) return;
  await ecr.send(new TagResourceCommand({ resourceArn: found.arn, tags: toTagList(tags) }));
}

function mutability(spec: RepositorySpec) {
  return {
    // the specification names one of ECR's own words
    imageTagMutability: spec.tagMutability as ImageTagMutability,
    imageTagMutabilityExclusionFilters: spec.mutableTags.map(
      (filter) => ({ filterType: 'WILDCARD', filter }) as const,
    ),
  };
}

/** ECR itself refuses to delete what holds images: whoever counted them may have missed one that came since. */
async function deleteRepository(
  ecr: ECRClient,
  repositoryName: string,
  force: boolean,
): Promise<'deleted' | 'holds images'> {
  try {
    await orNull(MISSING, ecr.send(new DeleteRepositoryCommand({ repositoryName, force })));
    return 'deleted';
  } catch (error) {
    if (awsCode(error) === 'RepositoryNotEmptyException') return 'holds images';
    throw error;
  }
}

async function countImages(client: ECRClient, repositoryName: string): Promise<number> {
  let count = 0;
  for await (const { imageIds = [] } of paginateListImages({ client }, { repositoryName }))
    count += imageIds.length;
  return count;
}

async function findImage(
  ecr: ECRClient,
  repositoryName: string,
  reference: string,
): Promise<ImageFacts | null> {
  const imageId = reference.startsWith('sha256:') ? { imageDigest: reference } : { imageTag: reference };
  const get = new BatchGetImageCommand({
    repositoryName,
    imageIds: [imageId],
    acceptedMediaTypes: MANIFEST_TYPES,
  });
  const [image] = (await orNull(MISSING, ecr.send(get)))?.images ?? [];
  if (image === undefined) return null;
  return { architecture: await architectureOf(ecr, repositoryName, image.imageManifest ?? '') };
}
