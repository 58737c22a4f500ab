import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMeshError } from '#errors';
import { compilePolicy, decodePolicy, readPolicyTests, readSecurityPolicy, readTeamPolicy } from '#policy';

function outcomeOf(data: unknown): string {
  try {
    compilePolicy([{ name: 'tenant', document: decodePolicy(data) }], { local: false });
    return 'a policy';
  } catch (error) {
    return isMeshError(error) ? error.code : String(error);
  }
}

describe('a policy as plain data', () => {
  it('is refused with all that is wrong', () => {
    expect(() => decodePolicy({ enforceTrust: 1, allowedRoles: ['x'] })).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: expect.objectContaining({
          field: 'enforceTrust',
          problems: [
            { field: 'enforceTrust', message: expect.stringContaining('expected boolean') as string },
            { field: 'allowedRoles.0', message: expect.stringContaining('there is no role x') as string },
          ],
        }) as object,
      }),
    );
  });

  it('is a policy or an invalid_request, whatever it is', () => {
    const keys = fc.constantFrom(
      'roles',
      'inherits',
      'agentPolicies',
      'agentId',
      'allowedRoles',
      '__proto__',
      'x',
    );
    const anything = fc.anything({
      key: keys,
      maxDepth: 5,
      withNullPrototype: true,
      withMap: true,
      withDate: true,
    });
    const policyLike = fc.dictionary(keys, anything);
    fc.assert(
      fc.property(fc.oneof(anything, policyLike), (data) => {
        expect(outcomeOf(data)).toBeOneOf(['a policy', 'invalid_request']);
        expect(({} as Record<string, unknown>)['inherits']).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('is values or problems, whatever a file holds', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        'roles:',
        'agentPolicies:',
        '- agentId: a',
        'inherits:',
        'organizationPolicy:',
        'tests:',
        '- name: a',
        '\n',
        '\n  ',
        '\n    ',
        ' [',
        ']',
        ' {',
        '}',
        ', ',
        '&a',
        '*a',
        '!!set',
        ' null',
        ' admin',
        ' 1',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const read of [readSecurityPolicy, readTeamPolicy, readPolicyTests]) {
          const { values, problems } = read(pieces.join(''), 'x.yaml');
          expect(values === undefined).toBe(problems.length > 0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
