import type { Asked, AskedSkill, Verdict } from './asked.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { denied } from './denied.js';
import { demandsOn, isDangerous, isSelfService } from './demands.js';
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
      : `granted by your roles (${asked.roles.join(', ')})${warning(policy, skills)}`,
    missing: [],
    policyHash: policy.hash,
    needsApproval: skills.some(({ id }) => policy.skills.get(id)?.requiresApproval),
  };
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
