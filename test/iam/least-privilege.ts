import { authorizationsOf, type KnownTags } from './authorizations.ts';
import type { Exchange } from './aws-exchange.ts';
import { allowedActions, isAllowed, type Policy } from './policy-evaluator.ts';

/** What was asked for without permission, and what was permitted and never asked for. */
export interface Verdict {
  /** `jobs: s3:PutObject on arn:...`, each once. */
  readonly denied: readonly string[];
  /** Signer -> actions. */
  readonly unused: Readonly<Record<string, readonly string[]>>;
}

/** Holds every call against the policy of whoever signed it; calls of signers without a policy are denied. */
export function judge(exchanges: readonly Exchange[], policies: Readonly<Record<string, Policy>>): Verdict {
  const known: KnownTags = new Map();
  const denied = new Set<string>();
  const used = new Map<string, Set<string>>();
  for (const exchange of exchanges) {
    const { signer } = exchange;
    const policy = policies[signer];
    for (const wanted of authorizationsOf(exchange, known)) {
      used.set(signer, (used.get(signer) ?? new Set()).add(wanted.action));
      const isFine = policy !== undefined && isAllowed([policy], wanted);
      if (!isFine) denied.add(`${signer}: ${wanted.action} on ${wanted.resource}`);
    }
  }
  const unused = Object.entries(policies).map(
    ([signer, policy]) =>
      [signer, allowedActions(policy).filter((action) => used.get(signer)?.has(action) !== true)] as const,
  );
  return {
    denied: [...denied],
    unused: Object.fromEntries(unused.filter(([, actions]) => actions.length > 0)),
  };
}
