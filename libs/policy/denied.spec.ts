import { expect, it } from 'vitest';
import { compilePolicy, denied } from '#policy';

it('a denial names its rule and its policy, and demands nothing unless told', () => {
  const policy = compilePolicy([], { local: false });
  const no = { allowed: false, rule: 'owner', reason: 'gone', policyHash: policy.hash, needsApproval: false };
  expect(denied(policy, { rule: 'owner', reason: 'gone' })).toEqual({ ...no, missing: [] });
  expect(denied(policy, { rule: 'owner', reason: 'gone', missing: ['skill:x'] })).toEqual({
    ...no,
    missing: ['skill:x'],
  });
});
