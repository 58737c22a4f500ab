import type { Rules, SkillRules, SkillUses } from './compiled-policy.js';
import type { LayerName } from './layer.js';
import { granted } from './restriction.js';

type Setting = Readonly<{ local: boolean; listedBy: LayerName | undefined }>;

export const NONE: Rules = { people: [], devices: [] };

/** The demands of each use, from the rules of a skill, if it has any. */
export function usesOf(id: string, rules: SkillRules | undefined, setting: Setting): SkillUses {
  const { people, devices } = rules ?? NONE;
  const execute = granted('skill:execute', `the skill ${id}`);
  const danger = setting.local ? NONE : dangerOf(id, rules, setting);
  return {
    declared: { people, devices },
    direct: { people: [...people, execute], devices },
    dangerous: {
      people: [...people, ...danger.people, execute],
      devices: [...danger.devices, ...devices],
    },
  };
}

/** A dangerous skill needs an entry that allows it, and a verified device, whatever else the policy says of trust. */
function dangerOf(id: string, rules: SkillRules | undefined, { listedBy }: Setting): Rules {
  const rule = rules?.dangerous ?? `skill[${id}].dangerous`;
  const where = listedBy === undefined ? 'skillPolicies' : `${listedBy}.skillPolicies`;
  const reason = `the skill ${id} is dangerous, and no entry of ${where} allows it`;
  return {
    people: rules?.listed ? [] : [{ kind: 'never', rule, reason }],
    devices: [{ kind: 'trust', rule, level: 'verified', what: `the skill ${id} is dangerous: it` }],
  };
}
