import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy, judge } from '#policy';
import type { Asked, PolicyLayer } from '#policy';
import { anAsked, someLayers } from './arbitrary.contract.js';
import { cedarContext, cedarEntities, cedarPolicies } from './cedar.contract.js';

const POLICIES = 1_000;
const REQUESTS = 10;

/** What Cedar says; a policy that could not be evaluated would be passed over in silence, and is an error here. */
function cedarAllows(layers: readonly PolicyLayer[], asked: Asked, local: boolean): boolean {
  const answer = statefulIsAuthorized({
    principal: { type: 'User', id: 'caller' },
    action: { type: 'Action', id: 'ask' },
    resource: { type: 'Runtime', id: 'mesh' },
    context: cedarContext(asked, local),
    preparsedPolicySetId: 'policy',
    entities: cedarEntities(layers, asked),
  });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  const { errors } = answer.response.diagnostics;
  if (errors.length > 0) throw new Error(errors.map(({ error }) => error.message).join('; '));
  return answer.response.decision === 'allow';
}

describe('the judge', () => {
  it(`says what Cedar says, on ${POLICIES * REQUESTS} random cases`, { timeout: 240_000 }, () => {
    const said = { allowed: 0, denied: 0 };
    const cases = fc.tuple(
      someLayers,
      fc.boolean(),
      fc.array(anAsked, { minLength: REQUESTS, maxLength: REQUESTS }),
    );
    fc.assert(
      fc.property(cases, ([layers, local, requests]) => {
        expect(preparsePolicySet('policy', { staticPolicies: cedarPolicies(layers) })).toEqual({
          type: 'success',
        });
        const policy = compilePolicy(layers, { local });
        const verdicts = requests.map((asked) => ({ asked, ...judge(policy, asked) }));
        for (const { allowed } of verdicts) said[allowed ? 'allowed' : 'denied']++;
        expect(
          verdicts.filter(({ asked, allowed }) => allowed !== cedarAllows(layers, asked, local)),
        ).toEqual([]);
      }),
      // fast-check prints the seed and the smallest case of a failure.
      { numRuns: POLICIES },
    );
    expect(said.allowed + said.denied).toBeGreaterThanOrEqual(POLICIES * REQUESTS);
    // A comparison in which one answer is rare compares little.
    expect(Math.min(said.allowed, said.denied)).toBeGreaterThan(POLICIES * REQUESTS * 0.05);
  });
});
