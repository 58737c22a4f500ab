import { TRUST_LEVELS } from '#contract';
import type { TrustLevel } from '#contract';
import type { Stored } from '#event-store';
import type { Subject } from './subjects.js';

type Submitter = NonNullable<Stored['task']['submitter']>;

/** With which roles, and from a device how trusted. */
export type Rights = Readonly<{ roles: readonly string[]; trust: TrustLevel }>;

/** What they had when they asked, as far as they still have it. */
export function presentRights(submitter: Submitter | undefined, { roles, trust }: Subject): Rights {
  if (!submitter) return { roles, trust: 'untrusted' };
  const now = submitter.deviceId === undefined ? submitter.trust : (trust ?? 'untrusted');
  return {
    roles: submitter.roles.filter((role) => roles.includes(role)),
    trust: lower(submitter.trust, now),
  };
}

const lower = (one: TrustLevel, other: TrustLevel): TrustLevel =>
  TRUST_LEVELS.indexOf(one) < TRUST_LEVELS.indexOf(other) ? one : other;
