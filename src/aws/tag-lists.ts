import type { Tags } from '../plan/aws-names.ts';

/** IAM's, EC2's and ECR's way to write tags. */
export function toTagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The other way. */
export function fromTagList(
  list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Wanted tags that are missing or have another value; null: none. */
export function missingTags(wanted: Tags, found: Tags): Tags | null {
  const missing = Object.entries(wanted).filter(([key, value]) => found[key] !== value);
  return missing.length === 0 ? null : Object.fromEntries(missing);
}
