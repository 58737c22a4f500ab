import type { PolicyDocument } from '#policy';
import type { TrustLevel } from '#contract';
import { CUSTOM_ROLES } from './roles.table.js';

/** A policy that both tenants have while the matrix runs, and what security.md makes of it. */
export type TestedPolicy = Readonly<{
  name: string;
  document: PolicyDocument;
  /** What everything takes that is more than one's own business. */
  least: TrustLevel;
  /** What an agent takes besides, by its name; `never` where no entry allows its dangerous skill. */
  agents: Readonly<Record<'echo' | 'shell', TrustLevel | 'never'>>;
}>;

export const POLICIES: readonly TestedPolicy[] = [
  {
    name: 'roles alone',
    document: { roles: CUSTOM_ROLES },
    least: 'untrusted',
    agents: { echo: 'untrusted', shell: 'never' },
  },
  {
    name: 'verified devices',
    document: { roles: CUSTOM_ROLES, enforceTrust: true, minimumTrustLevel: 'verified' },
    least: 'verified',
    agents: { echo: 'untrusted', shell: 'never' },
  },
  {
    name: 'agents and skills',
    document: {
      roles: CUSTOM_ROLES,
      agentPolicies: [{ agentId: 'echo', requireDeviceTrust: 'trusted' }],
      skillPolicies: [{ skillId: 'shell-exec', dangerous: true }],
    },
    least: 'untrusted',
    agents: { echo: 'trusted', shell: 'verified' },
  },
];
