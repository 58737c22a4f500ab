import type { Asked, Verdict } from './asked.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { demandsOn } from './demands.js';
import { judge } from './judge.js';
import { LAYERS } from './layer.js';
import type { LayerName } from './layer.js';
import type { Restriction } from './restriction.js';
import { unmet } from './unmet.js';

/** One thing that was looked at. */
export type Step = Readonly<{
  /** `built in` for what holds with no policy at all. */
  layer: LayerName | 'built in';
  rule: string;
  /** What it demands, as words. */
  demands: string;
  passed: boolean;
  /** Why it did not pass. */
  why?: string;
}>;

/** What was decided, and every step to it in order; those after the first that failed are told too. */
export type Explanation = Readonly<{ verdict: Verdict; steps: readonly Step[] }>;

/** The same judgement as `judge`, step by step. */
export const explain = (policy: CompiledPolicy, asked: Asked): Explanation => ({
  verdict: judge(policy, asked),
  steps: demandsOn(policy, asked)
    .flat()
    .map((restriction) => stepOf(restriction, asked, policy)),
});

function stepOf(restriction: Restriction, asked: Asked, policy: CompiledPolicy): Step {
  const why = unmet(restriction, asked, policy);
  const rule = why?.rule ?? restriction.rule;
  return {
    layer: LAYERS.find((name) => rule.startsWith(`${name}.`)) ?? 'built in',
    rule,
    demands: demandOf(restriction),
    passed: !why,
    ...(why ? { why: why.reason } : {}),
  };
}

const list = (names: Iterable<string>): string => [...names].join(', ');

type Kind = Restriction['kind'];

const DEMANDS: Readonly<{ [Of in Kind]: (restriction: Extract<Restriction, { kind: Of }>) => string }> = {
  deniedUsers: ({ users }) => `not one of ${users.size} denied users`,
  allowedUsers: ({ users }) => `one of ${users.size} allowed users`,
  deniedRoles: ({ roles }) => `none of the roles ${list(roles)}`,
  allowedRoles: ({ roles }) => `one of the roles ${list(roles)}`,
  permissions: ({ permissions, what }) => `${list(permissions)} for ${what}`,
  trust: ({ level }) => `a device that is at least ${level}`,
  skills: ({ required }) => `an agent with the skills ${list(required)}`,
  notSubmitter: () => 'somebody who did not submit it',
  never: () => 'nothing allows it',
};

const demandOf = (restriction: Restriction): string =>
  (DEMANDS[restriction.kind] as (of: Restriction) => string)(restriction);
