import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalRules, compilePolicy, decodePolicy, judge, readSecurityPolicy } from '#policy';
import type { LayerName, PolicyLayer, ToApprove } from '#policy';
import { aLayerOfApprovals, anApproval } from './arbitrary.contract.js';
import { approving } from './approval-keys.contract.js';
import { agentPolicy, skillPolicy } from './keys.contract.js';

const layer = (name: LayerName, document: object): PolicyLayer => ({
  name,
  document: decodePolicy(document),
});
const expiryOf = (
  layers: readonly PolicyLayer[],
  what: ToApprove = { agentId: 'shell', skillIds: ['lint'] },
) => approvalRules(compilePolicy(layers, { local: false }).approval, what).expiresAfterMs;
const MINUTE_MS = 60_000;
const expires = (expiresAfterMinutes: number) => ({ approval: { expiresAfterMinutes } });

describe('an approval', () => {
  it.each([
    ['approval.expiresAfterMinutes', expires(5)],
    ['agentPolicies.approval.expiresAfterMinutes', agentPolicy(expires(5))],
    ['skillPolicies.approval.expiresAfterMinutes', skillPolicy(expires(5))],
  ])('expires because of %s alone', (_, document) => {
    expect(expiryOf([layer('repository', document)])).toBe(5 * MINUTE_MS);
    expect(expiryOf([layer('repository', {})])).toBeUndefined();
  });

  it('has the shortest of all times that count for it, and none of other agents’ and skills’', () => {
    const layers = [
      layer('tenant', expires(30)),
      layer('organization', agentPolicy(expires(20))),
      layer('repository', skillPolicy(expires(10))),
    ];
    expect(expiryOf(layers)).toBe(10 * MINUTE_MS);
    expect(expiryOf(layers, { agentId: 'shell', skillIds: ['other'] })).toBe(20 * MINUTE_MS);
    expect(expiryOf(layers, { agentId: 'echo', skillIds: [] })).toBe(30 * MINUTE_MS);
  });

  it('of a whole task takes whoever may approve each of its skills', () => {
    const layers = [layer('repository', skillPolicy({ approval: { allowedUsers: ['bob'] } }))];
    const policy = compilePolicy(layers, { local: false });
    const approves = { agentId: 'shell', skillIds: ['other', 'lint'], submitterId: 'u-2' };
    expect(judge(policy, { ...approving, approves }).rule).toBe(
      'repository.skillPolicies[lint].approval.allowedUsers',
    );
    expect(judge(policy, { ...approving, approves: { ...approves, skillIds: ['other'] } }).allowed).toBe(
      true,
    );
  });

  it('by somebody else is no affair of notSubmitter', () => {
    const policy = compilePolicy([layer('tenant', { approval: { notSubmitter: true } })], { local: false });
    const approves = { agentId: 'shell', skillIds: [], submitterId: 'u-2' };
    expect(judge(policy, { ...approving, approves }).allowed).toBe(true);
  });

  it('takes task:approve first of all', () => {
    const policy = compilePolicy([layer('tenant', { approval: { allowedUsers: ['bob'] } })], {
      local: false,
    });
    expect(judge(policy, { ...approving, roles: ['developer'] })).toMatchObject({
      rule: 'roles',
      missing: ['task:approve'],
    });
  });

  it('is only narrowed by another layer: fewer approvers, less time', () => {
    const layers = fc.array(aLayerOfApprovals, { maxLength: 2 });
    fc.assert(
      fc.property(layers, aLayerOfApprovals, anApproval, (above, below, asked) => {
        const { approves } = asked;
        if (!approves) throw new Error('it approves something');
        const before = compilePolicy(above, { local: false });
        const after = compilePolicy([...above, below], { local: false });
        expect(Number(judge(after, asked).allowed)).toBeLessThanOrEqual(Number(judge(before, asked).allowed));
        const [time, less] = [before, after].map(
          ({ approval }) => approvalRules(approval, approves).expiresAfterMs,
        );
        expect(less ?? Infinity).toBeLessThanOrEqual(time ?? Infinity);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['approval: { expiresAfterMinutes: 0 }', /approval.expiresAfterMinutes/],
    ['approval: { notSubmiter: true }', /notSubmiter/],
    ['approval: { allowedRoles: [nobody] }', /there is no role nobody/],
    ['skillPolicies: [{ skillId: lint, approval: { allowedRoles: [nobody] } }]', /there is no role nobody/],
  ])('is refused in a file that says %s', (yaml, why) => {
    const { problems } = readSecurityPolicy(yaml, 'security.yaml');
    expect(JSON.stringify(problems)).toMatch(why);
  });
});
