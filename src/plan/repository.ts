import type { AwsNames, Tags } from './aws-names.ts';

/** The ECR repository of the worker image as it should be. */
export interface RepositorySpec {
  readonly name: string;
  readonly scanOnPush: boolean;
  readonly tagMutability: string;
  /** Tags that may move all the same. */
  readonly mutableTags: readonly string[];
  /** JSON text. */
  readonly lifecyclePolicy: string;
  readonly tags: Tags;
}

/** The repository as ECR has it. */
export interface RepositoryState {
  readonly arn: string;
  readonly uri: string;
  readonly scanOnPush: boolean;
  readonly tagMutability: string;
  readonly mutableTags: readonly string[];
  readonly lifecyclePolicy: string | null;
  readonly tags: Tags;
}

const KEPT_IMAGES = 10;
const KEPT_UNTAGGED_DAYS = 7;

/** Immutable content-hash tags but `latest`; ten images are kept, untagged ones for a week. */
export function repository(names: AwsNames, tags: Tags): RepositorySpec {
  return {
    name: names.repository,
    scanOnPush: true,
    tagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    mutableTags: ['latest'],
    lifecyclePolicy: JSON.stringify(lifecyclePolicy()),
    tags,
  };
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html */
function lifecyclePolicy(): object {
  return {
    rules: [
      {
        rulePriority: 1,
        description: `untagged images go after ${String(KEPT_UNTAGGED_DAYS)} days`,
        selection: {
          tagStatus: 'untagged',
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: KEPT_UNTAGGED_DAYS,
        },
        action: { type: 'expire' },
      },
      {
        rulePriority: 2,
        description: `the last ${String(KEPT_IMAGES)} images stay`,
        selection: {
          tagStatus: 'tagged',
          tagPatternList: ['*'],
          countType: 'imageCountMoreThan',
          countNumber: KEPT_IMAGES,
        },
        action: { type: 'expire' },
      },
    ],
  };
}
