/** Reasons of an INVALID environment and what mends them. @see https://docs.aws.amazon.com/batch/latest/userguide/invalid_compute_environment.html */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /IamFleetRole/i,
    'it names a Spot Fleet role that does not work; cogconv needs none: set COMPUTE_ENV_NAME to a new name and run setup again',
  ],
  [/AssumeRole/i, 'AWS Batch cannot take its service role: run setup again in a minute'],
  [/instance ?(?:profile|role)/i, 'the instance profile is missing or empty: run setup again in a minute'],
  [/subnet/i, 'check SUBNET_IDS: the subnets must exist and lie in one VPC'],
  [/security ?group/i, 'check SECURITY_GROUP_IDS: the groups must exist in the VPC of the subnets'],
  [/launch ?template/i, 'the launch template is missing: run setup again'],
  [/instance ?types?|architecture/i, 'check INSTANCE_TYPES: x86-64 types that exist in AWS_REGION'],
];

/** What to do about an INVALID compute environment. */
export function invalidEnvironmentHint(statusReason: string): string {
  return (
    HINTS.find(([pattern]) => pattern.test(statusReason))?.[1] ??
    'see https://docs.aws.amazon.com/batch/latest/userguide/invalid_compute_environment.html'
  );
}

/** True for reasons that often pass by themselves while IAM spreads what was made a moment ago. */
export function mayPass(statusReason: string): boolean {
  return /AssumeRole|instance ?(?:profile|role)|not authorized/i.test(statusReason);
}
