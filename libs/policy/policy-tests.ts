import { z } from 'zod';
import { TRUST_LEVELS, nameSchema, textSchema } from '#contract';
import { readYaml } from '#settings';
import type { Reading } from '#settings';
import type { Asked } from './asked.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { judge } from './judge.js';
import { once } from './once.js';
import { PERMISSIONS } from './permissions.js';
import { skillIdSchema } from './skill-id.js';

const name = textSchema(256).min(1, 'must not be empty');

const asker = z.strictObject({
  user: name,
  userName: name.optional(),
  roles: z.array(nameSchema).max(100).default([]),
  /** Absent: no device is known. */
  trust: z.enum(TRUST_LEVELS).optional(),
  scope: z.array(z.enum(PERMISSIONS)).optional(),
});

const testSchema = z
  .strictObject({
    name,
    as: asker,
    permission: z.enum(PERMISSIONS).optional(),
    agent: nameSchema.optional(),
    /** The ordinary skills that the agent declares. */
    skills: z.array(skillIdSchema).max(1000).optional(),
    /** A skill used directly. */
    skill: skillIdSchema.optional(),
    /** The skill says so of itself; the policy may say so too. */
    dangerous: z.boolean().optional(),
    expect: z.enum(['allowed', 'denied']),
    /** The place that must decide. */
    rule: name.optional(),
  })
  .refine(
    ({ permission, agent, skill }) =>
      [permission, agent, skill].filter((what) => what !== undefined).length === 1,
    'needs exactly one of permission, agent and skill',
  )
  .refine(({ agent, skills }) => agent !== undefined || skills === undefined, {
    message: 'skills are those that an agent declares: name the agent',
    path: ['skills'],
  })
  .refine(({ skill, dangerous }) => skill !== undefined || dangerous === undefined, {
    message: 'is said of a skill: name the skill',
    path: ['dangerous'],
  });

const fileSchema = z.strictObject({ tests: once('name', testSchema) });

/** One thing that a policy is meant to decide, as a test of it. */
export type PolicyTest = z.output<typeof testSchema>;

/** How a test ended; `why` where it failed. */
export type PolicyTestResult = Readonly<{
  name: string;
  passed: boolean;
  decision: 'allowed' | 'denied';
  rule: string;
  reason: string;
  why?: string;
}>;

/** Reads a file of tests; `file` is what its problems call it. */
export function readPolicyTests(text: string, file: string): Reading<readonly PolicyTest[]> {
  const { values, problems } = readYaml(fileSchema, text, file);
  return values ? { values: values.tests, problems: [] } : { values, problems };
}

/** Asks the policy what each test asks. */
export const runPolicyTests = (
  policy: CompiledPolicy,
  tests: readonly PolicyTest[],
): readonly PolicyTestResult[] => tests.map((test) => run(policy, test));

function run(policy: CompiledPolicy, test: PolicyTest): PolicyTestResult {
  const { allowed, rule, reason } = judge(policy, askedBy(test));
  const decision = allowed ? 'allowed' : 'denied';
  const wrong = [
    ...(decision === test.expect ? [] : [`expected ${test.expect}, was ${decision} by ${rule}: ${reason}`]),
    ...(test.rule === undefined || test.rule === rule
      ? []
      : [`expected ${test.rule} to decide, not ${rule}`]),
  ];
  const passed = wrong.length === 0;
  return { name: test.name, passed, decision, rule, reason, ...(passed ? {} : { why: wrong.join('; ') }) };
}

const askedBy = ({ as, permission, agent, skills = [], skill, dangerous = false }: PolicyTest): Asked => ({
  userId: as.user,
  userName: as.userName,
  roles: as.roles,
  scope: as.scope,
  trust: as.trust,
  permissions: permission === undefined ? [] : [permission],
  agentId: agent,
  skills: skill === undefined ? skills.map((id) => ({ id, dangerous: false })) : [{ id: skill, dangerous }],
});
