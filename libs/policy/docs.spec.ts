import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePolicy, readPolicyTests, readSecurityPolicy, runPolicyTests } from '#policy';

const text = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const [policyText = '', testsText = ''] = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, yaml]) => yaml,
);

describe('docs/policy.md', () => {
  it('shows a policy, and tests that it passes', () => {
    const policy = readSecurityPolicy(policyText, 'docs/policy.md');
    const tests = readPolicyTests(testsText, 'docs/policy.md');
    expect([...policy.problems, ...tests.problems]).toEqual([]);
    const compiled = compilePolicy([{ name: 'repository', document: policy.values ?? {} }], { local: false });
    const results = runPolicyTests(compiled, tests.values ?? []);
    expect(results.map(({ why }) => why)).toEqual([undefined, undefined, undefined]);
  });
});
