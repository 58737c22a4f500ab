import type { MeshError } from '#errors';
import type { CiRule } from '#settings';
import type { JobClaims } from './job-claims.js';
import { denied } from './sign-in-refused.js';

/** A rule of the settings by the name that refusals and the audit call it. */
export type NamedRule = CiRule & Readonly<{ name: string }>;

type Condition = Readonly<{
  claim: string;
  presented: string | undefined;
  wanted: string | undefined;
}>;

/** Most immutable first. `wanted` is undefined where the rule does not care. */
const conditionsOf = (rule: CiRule, job: JobClaims): readonly Condition[] => [
  { claim: 'repository_id', presented: job.repository_id, wanted: rule.repositoryId },
  { claim: 'repository_owner_id', presented: job.repository_owner_id, wanted: rule.repositoryOwnerId },
  { claim: 'workflow', presented: workflowOf(job), wanted: rule.workflowRef },
  { claim: 'ref', presented: job.ref, wanted: rule.ref },
  { claim: 'environment', presented: job.environment, wanted: rule.environment },
];

/** The workflow whose code the job runs: a reusable one, or its own. */
export const workflowOf = ({ job_workflow_ref: reusable, workflow_ref: own }: JobClaims): string =>
  reusable ?? own;

const PATTERNS: ReadonlySet<string> = new Set(['workflow', 'ref']);

function holds({ claim, presented, wanted }: Condition): boolean {
  if (wanted === undefined) return true;
  if (!PATTERNS.has(claim) || !wanted.endsWith('*')) return presented === wanted;
  return presented?.startsWith(wanted.slice(0, -1)) === true;
}

/** Ids say whose the job is: only the job of a rule's own repository is told what the rule wants. */
const IDS = 2;

/**
 * The first rule that a job meets in every condition.
 *
 * @throws {MeshError} `access_denied` with the reason of the nearest rule: the one that matched furthest
 */
export function ruleFor(rules: readonly NamedRule[], job: JobClaims): NamedRule {
  const judged = rules.map((rule) => {
    const conditions = conditionsOf(rule, job);
    const missed = conditions.findIndex((condition) => !holds(condition));
    return { rule, matched: missed === -1 ? conditions.length : missed, missed: conditions[missed] };
  });
  const [first, ...others] = judged;
  if (!first)
    throw denied('no job may sign in: there is no rule', 'ci.github.rules in runtime.yaml says which may');
  const nearest = others.reduce((best, other) => (other.matched > best.matched ? other : best), first);
  if (nearest.missed) throw mismatch(nearest.rule, nearest.missed, nearest.matched, job);
  return nearest.rule;
}

function mismatch(
  { name }: NamedRule,
  missed: Condition,
  matched: number,
  { repository }: JobClaims,
): MeshError {
  const { claim, presented, wanted } = missed;
  const has = presented === undefined ? `has no ${claim}` : `has the ${claim} ${presented}`;
  return matched < IDS
    ? denied(
        `the job of ${repository} ${has}, and no rule is for that`,
        'ci.github.rules in runtime.yaml says which may',
      )
    : denied(`the job of ${repository} ${has}, and ${name} wants ${wanted}`, HINT[claim] ?? '');
}

const HINT: Readonly<Record<string, string>> = {
  workflow: 'run it from that workflow, or change ci.github.rules in runtime.yaml',
  ref: 'run it on that ref, or change ci.github.rules in runtime.yaml',
  environment: 'give the job that environment, or change ci.github.rules in runtime.yaml',
};
