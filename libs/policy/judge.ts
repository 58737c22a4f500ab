import type { Asked, AskedSkill, Verdict } from './asked.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { denied } from './denied.js';
import { demandsOf, demandsOn, isDangerous, isNeeded, isSelfService } from './demands.js';
import { ROLES } from './restriction.js';
import { unmet } from './unmet.js';

/** May they? Pure. Denied unless everything that is demanded is there. */
export function judge(policy: CompiledPolicy, asked: Asked): Verdict {
  for (const group of demandsOn(policy, asked)) {
    for (const restriction of group) {
      const why = unmet(restriction, asked, policy);
      if (why) return denied(policy, { rule: restriction.rule, ...why });
    }
  }
  return allowed(policy, asked);
}

/** The verdict of whoever met every demand. */
function allowed(policy: CompiledPolicy, asked: Asked): Verdict {
  const isOwn = isSelfService(asked);
  const skills = asked.skills ?? [];
  return {
    allowed: true,
    rule: isOwn ? 'self' : ROLES,
    reason: isOwn
      ? 'it concerns only yourself'
      : `granted by your roles (${asked.roles.join(', ')})${warning(policy, skills)}${without(policy, asked)}`,
    missing: [],
    policyHash: policy.hash,
    needsApproval: skills.some(
      (skill) => isNeeded(policy, skill) && policy.skills.get(skill.id)?.requiresApproval,
    ),
  };
}

/** What an agent goes without is said, and why. */
function without(policy: CompiledPolicy, asked: Asked): string {
  const denials = (asked.skills ?? [])
    .filter((skill) => !isNeeded(policy, skill))
    .flatMap((skill) => {
      const { people, devices } = demandsOf(policy, asked.agentId, skill);
      const reasons = [...people, ...devices].map((each) => unmet(each, asked, policy)?.reason);
      return reasons.find((reason) => reason !== undefined) ?? [];
    });
  return denials.length === 0 ? '' : `; goes without what is denied: ${denials.join('; ')}`;
}

/** In local-only mode a dangerous skill runs without an entry that allows it, but not without a word. */
function warning(policy: CompiledPolicy, skills: readonly AskedSkill[]): string {
  if (!policy.local) return '';
  const bare = skills.filter((skill) => {
    const rules = policy.skills.get(skill.id);
    return isDangerous(skill, rules) && !rules?.listed;
  });
  if (bare.length === 0) return '';
  const names = bare.map(({ id }) => id).join(', ');
  return `; warning: dangerous, and allowed by no policy but by local-only mode: ${names}`;
}
