import type { Verdict } from './asked.js';
import type { CompiledPolicy } from './compiled-policy.js';

type Denial = Pick<Verdict, 'rule' | 'reason'> & Partial<Pick<Verdict, 'missing'>>;

/** The verdict that forbids, for the reason given, under this policy. */
export const denied = (
  { hash }: Pick<CompiledPolicy, 'hash'>,
  { rule, reason, missing = [] }: Denial,
): Verdict => ({ allowed: false, rule, reason, missing, policyHash: hash, needsApproval: false });
