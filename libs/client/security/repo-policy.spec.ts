import { describe, expect, it } from 'vitest';
import { SecurityService } from '../security.js';
import type { PolicyLayer, RepoPolicy } from '../security.js';
import { PHASE2, SCOPE, aContext, laptop, withPolicy } from './samples.contract.js';

describe('the policy of a repository', () => {
  it('keeps those out whom its lists do not name', async () => {
    const service = await withPolicy({ enforceTrust: false, allowedRoles: ['admin'] });
    const result = await service.checkAgentAccess(
      await aContext(service, ['developer'], SCOPE),
      'code-modifier',
    );
    expect(result).toMatchObject({ allowed: false, rule: 'repository.allowedRoles' });
    expect(result.reason).toContain('admin');
  });

  it('keeps a dangerous skill from an untrusted device, also where trust is not enforced', async () => {
    for (const enforceTrust of [true, false]) {
      const service = await withPolicy({ enforceTrust });
      const context = { ...(await aContext(service, ['developer'], SCOPE)), device: laptop('untrusted') };
      const result = await service.checkSkillAccess(context, 'shell-exec');
      expect(result).toMatchObject({
        allowed: false,
        rule: 'repository.skillPolicies[shell-exec].dangerous',
      });
      expect(result.reason).toContain('dangerous');
    }
  });

  it('is that of the first path of the scope, however it is written', async () => {
    const service = await withPolicy({ deniedUsers: ['user-123'] });
    const allowed = async (scope?: string[]) => {
      const context = await aContext(service, ['developer'], scope ? { scope } : {});
      return (await service.checkPermission(context, 'task:read')).allowed;
    };
    for (const path of ['/repo', '/repo/', '//repo', '/repo/.', '/x/../repo//'])
      expect(await allowed([path])).toBe(false);
    expect(await allowed(['/other', '/repo'])).toBe(true);
    expect(await allowed()).toBe(true);
  });

  it('restricts nothing by an empty list', async () => {
    const service = await withPolicy({
      allowedRoles: [],
      allowedUsers: [],
      agentPolicies: [],
      skillPolicies: [],
    });
    const context = await aContext(service, ['ci'], SCOPE);
    expect((await service.checkAgentAccess(context, 'code-modifier')).allowed).toBe(true);
  });

  it('narrows the layers above, and never widens them', async () => {
    const layers: PolicyLayer[] = [
      { name: 'organization', document: { deniedSkills: ['lint'], requiredSkills: ['scan'] } },
    ];
    const agents = [{ id: 'reviewer', skills: ['scan'] }];
    const service = await withPolicy({}, { layers, agents });
    const context = await aContext(service, ['developer'], SCOPE);
    expect((await service.checkSkillAccess(context, 'lint')).rule).toBe('organization.deniedSkills');
    expect((await service.checkAgentAccess(context, 'code-modifier')).rule).toBe(
      'organization.requiredSkills',
    );
    expect((await service.checkAgentAccess(context, 'reviewer')).allowed).toBe(true);
  });

  it('is needed for a skill that calls itself dangerous, but in a program of one’s own', async () => {
    const dangerousSkills = ['shell-exec', 'nuke'];
    const service = await withPolicy({}, { dangerousSkills });
    const context = await aContext(service, ['developer'], SCOPE);
    expect((await service.checkSkillAccess(context, 'shell-exec')).allowed).toBe(true);
    expect((await service.checkSkillAccess(context, 'nuke')).reason).toContain(
      'no entry of repository.skillPolicies',
    );
    const own = new SecurityService({ dangerousSkills, local: true });
    const result = await own.checkSkillAccess(await aContext(own, ['admin']), 'nuke');
    expect(result).toMatchObject({ allowed: true, reason: expect.stringContaining('warning') });
  });

  it('may ask for a person’s approval', async () => {
    const service = await withPolicy({ skillPolicies: [{ skillId: 'shell-exec', requiresApproval: true }] });
    const result = await service.checkSkillAccess(
      await aContext(service, ['developer'], SCOPE),
      'shell-exec',
    );
    expect(result).toMatchObject({ allowed: true, needsApproval: true });
  });

  it('is kept as it was set, and is nobody’s to change from outside', async () => {
    const service = await withPolicy();
    const policy = await service.getRepoPolicy('/repo/');
    expect(policy).toEqual(PHASE2);
    policy?.allowedRoles.push('ci');
    expect(await service.getRepoPolicy('/repo')).toEqual(PHASE2);
    expect(await service.getRepoPolicy('/other')).toBeNull();
    await service.setRepoPolicy({ ...PHASE2, allowedRoles: [] });
    expect((await service.getRepoPolicy('/repo'))?.allowedRoles).toEqual([]);
  });

  it.each([
    ['colour', { colour: 'red' }],
    ['minimumTrustLevel', { minimumTrustLevel: 'high' }],
    ['repoPath', { repoPath: '' }],
    ['roles.a.inherits', { roles: { a: { inherits: 'nobody' } } }],
    ['agentPolicies.0.constraints', { agentPolicies: [{ agentId: 'a', constraints: {} }] }],
  ])('is refused with a wrong %s', async (field, wrong) => {
    const set = new SecurityService().setRepoPolicy({ ...PHASE2, ...wrong } as RepoPolicy);
    await expect(set).rejects.toMatchObject({ code: 'invalid_request', details: { field } });
  });
});
