import { describe, expect, it } from 'vitest';
import type { Actor } from '#contract';
import type { IdentityProvider, PolicyDocument } from '#policy';
import { MemoryPolicies, MemoryWaysIn } from '#test/access';
import { SetPolicy, SetPolicyHandler } from './set-policy.handler.js';

const OPS: PolicyDocument = { roles: { ops: { permissions: ['config:read', 'config:write'] } } };

const actor = (roles: readonly string[]): Actor => ({
  kind: 'user',
  id: 'mal',
  tenant: 't',
  sessionId: 's',
  roles,
  trust: 'untrusted',
});

/** Writes a policy over `OPS`, as somebody of these roles. */
async function writes(
  roles: readonly string[],
  policy: PolicyDocument,
  ways = new MemoryWaysIn(),
): Promise<string> {
  const policies = new MemoryPolicies();
  await policies.write('t', OPS);
  const verdict = { allowed: true, rule: '', reason: '', missing: [], policyHash: '', needsApproval: false };
  const cause = { actor: actor(roles), verdict, at: '', commitId: '' };
  return new SetPolicyHandler(policies, ways).execute(new SetPolicy(policy).because(cause)).then(
    ({ version }) => `version ${version}`,
    ({ code, details }: { code: string; details: { field?: string } }) => `${code} ${details.field}`,
  );
}

describe('who may write the policy', () => {
  it.each<readonly [string, PolicyDocument]>([
    ['roles', { roles: { ops: { permissions: ['admin:all'] } } }],
    ['roles', { roles: { ...OPS.roles, another: { inherits: 'admin' } } }],
    ['skillPolicies', { ...OPS, skillPolicies: [{ skillId: 'shell-exec' }] }],
    ['identity', { ...OPS, identity: { providers: ['google'] } }],
    ['allowedRoles', { ...OPS, allowedRoles: ['ops'] }],
    ['deniedRoles', { ...OPS, deniedRoles: ['admin'] }],
    ['allowedUsers', { ...OPS, allowedUsers: ['mal'] }],
    ['deniedUsers', { ...OPS, deniedUsers: ['ada'] }],
  ])('and is no admin changes no %s: it opens something, or says who may come in', async (key, policy) => {
    expect(await writes(['ops'], policy)).toBe(`access_denied ${key}`);
  });

  it('and is an admin changes them', async () => {
    expect(await writes(['admin'], { roles: { ops: { permissions: ['task:read'] } } })).toBe('version 2');
  });

  it('and is no admin may narrow what agents are for', async () => {
    const policy: PolicyDocument = { ...OPS, agentPolicies: [{ agentId: 'shell', deniedRoles: ['ci'] }] };
    expect(await writes(['ops'], policy)).toBe('version 2');
  });

  it('lets nobody in by a way that is not set up, and leaves a way that is', async () => {
    const ways = new MemoryWaysIn(['local', 'oidc'], false);
    const by = (...providers: IdentityProvider[]) =>
      writes(['admin'], { ...OPS, identity: { providers } }, ways);
    expect(await by('oidc', 'github')).toBe('illegal_transition identity.providers.1');
    expect(await by('local')).toBe('illegal_transition identity.providers');
    expect(await by('local', 'oidc')).toBe('version 2');
  });

  it('shuts out nobody who could not let himself in again', async () => {
    expect(await writes(['admin'], { ...OPS, deniedUsers: ['mal'] })).toBe(
      'illegal_transition tenant.deniedUsers',
    );
    expect(await writes(['admin'], { enforceTrust: true })).toMatch(
      /^illegal_transition tenant\.enforceTrust/,
    );
  });
});
