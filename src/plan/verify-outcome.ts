import type { Difference, VerifiedFile, VerifyOutcome } from '../contract/verification.ts';

/** What the last conversion into a COG read. */
export interface Provenance {
  readonly source: string;
  readonly sourceEtag: string;
}

/** What `verify` says of one COG. `source-changed`: it differs from its source, which was replaced since the conversion. */
export interface VerifiedCog {
  readonly source: string | null;
  readonly target: string;
  readonly outcome: VerifyOutcome | 'source-changed';
  readonly differences: readonly Difference[];
  /** Why it was not checked; empty else. */
  readonly reason: string;
}

/** Whether only the history of a COG can tell its differences from a source that was replaced. */
export function needsProvenance({ outcome, differences }: VerifiedFile): boolean {
  return outcome === 'different' && isGoodAlone(differences);
}

/**
 * A COG that is a good one by itself, but of other pixels than its source has now, is no corrupt one: its source was replaced.
 * The ETag that the conversion recorded tells; where there is none, the times of the two.
 */
export function explain(found: VerifiedFile, made: Provenance | undefined): VerifiedCog {
  const { source, target, outcome, differences, reason } = found;
  const isReplaced = made?.source === source ? made.sourceEtag !== found.sourceEtag : found.isSourceNewer;
  const isChanged = needsProvenance(found) && isReplaced;
  return { source, target, outcome: isChanged ? 'source-changed' : outcome, differences, reason };
}

function isGoodAlone(differences: readonly Difference[]): boolean {
  return differences.every(({ check }) => check !== 'layout' && check !== 'data');
}
