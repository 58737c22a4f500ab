import type { SkillInfo } from '#contract';
import type { BuiltInAgentId } from './built-in-agents.js';

/** The skills that come with the runtime. A dangerous one needs a policy that allows it. */
export const BUILT_IN_SKILLS = {
  'shell-exec': {
    id: 'shell-exec',
    name: 'Run commands',
    description: 'Runs a command in the workspace, with the rights of the worker',
    version: '1.0.0',
    enabled: true,
    dangerous: true,
  },
} as const satisfies Record<string, SkillInfo>;

export type BuiltInSkillId = keyof typeof BUILT_IN_SKILLS;

/** The skills each agent declares: whoever may invoke the agent may use the ordinary ones of them. */
export const SKILLS_OF: { readonly [Agent in BuiltInAgentId]: readonly BuiltInSkillId[] } = {
  shell: ['shell-exec'],
  echo: [],
};
