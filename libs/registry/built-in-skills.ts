import type { SkillInfo } from '#contract';
import type { BuiltInAgentId } from './built-in-agents.js';

const skill = <Id extends string>(id: Id, name: string, description: string, dangerous = false) => ({
  id,
  name,
  description,
  version: '1.0.0',
  enabled: true,
  dangerous,
});

/** The skills that come with the runtime. A dangerous one needs a policy that allows it. */
export const BUILT_IN_SKILLS = {
  'read-file': skill('read-file', 'Read files', 'Reads text files of the workspace'),
  'list-files': skill('list-files', 'List files', 'Lists the files of the workspace'),
  'search-files': skill('search-files', 'Search files', 'Finds a text in the files of the workspace'),
  'edit-file': skill('edit-file', 'Edit files', 'Creates and changes text files of the workspace'),
  'git-diff': skill('git-diff', 'See changes', 'Shows what differs from the last commit of the workspace'),
  'fetch-url': skill('fetch-url', 'Fetch pages', 'Reads a page of the public web'),
  'shell-exec': skill(
    'shell-exec',
    'Run commands',
    'Runs a command in the workspace, with the rights of the worker',
    true,
  ),
} as const satisfies Record<string, SkillInfo>;

export type BuiltInSkillId = keyof typeof BUILT_IN_SKILLS;

export const BUILT_IN_SKILL_IDS: readonly string[] = Object.keys(BUILT_IN_SKILLS);

const READING = ['read-file', 'list-files', 'search-files', 'git-diff'] as const;

/**
 * The skills each agent declares: whoever may invoke the agent may use the ordinary ones of them. Who only gives advice
 * changes nothing.
 */
export const SKILLS_OF: { readonly [Agent in BuiltInAgentId]: readonly BuiltInSkillId[] } = {
  shell: ['shell-exec'],
  echo: [],
  'code-creator': [...READING, 'edit-file', 'shell-exec'],
  'code-reviewer': READING,
  'test-generator': [...READING, 'edit-file', 'shell-exec'],
  'bug-analyzer': READING,
  'refactor-agent': [...READING, 'edit-file', 'shell-exec'],
  'documentation-agent': [...READING, 'edit-file', 'fetch-url'],
  'architecture-advisor': [...READING, 'fetch-url'],
};
