import { resolve } from 'node:path';
import type { CustomAgent } from '#registry';
import type { WrittenAgent } from './custom-agents-schema.js';

type Kinds = {
  readonly [Executor in CustomAgent['executor']]: (agent: WrittenAgent, root: string) => Own<Executor>;
};

type Own<Executor extends CustomAgent['executor']> = Omit<
  Extract<CustomAgent, { executor: Executor }>,
  'id' | 'name' | 'description' | 'capabilities' | 'skills'
>;

/** What each executor needs; the schema has seen to it that it is there. */
const OWN: Kinds = {
  model: ({ instructions = '' }) => ({ executor: 'model', instructions }),
  acp: ({ command = [], env = [] }) => ({ executor: 'acp', command, env }),
  http: ({ url = '', secretFile }, root) => ({
    executor: 'http',
    url,
    ...(secretFile === undefined ? {} : { secretFile: resolve(root, secretFile) }),
  }),
};

/** The agents with their defaults. Paths are of the folder `root`. */
export const customAgentsOf = (
  agents: readonly WrittenAgent[] | undefined,
  root: string,
): readonly CustomAgent[] =>
  (agents ?? []).map((agent) => {
    const { id, name = id, description = '', capabilities = [], skills = [], executor } = agent;
    return { id, name, description, capabilities, skills, ...OWN[executor](agent, root) };
  });

/** The first skill that an agent names and nobody has. */
export function unknownSkill(
  agents: readonly WrittenAgent[],
  known: readonly string[],
): Readonly<{ field: string; message: string }> | false {
  for (const [at, { skills = [] }] of agents.entries()) {
    const index = skills.findIndex((skill) => !known.includes(skill));
    if (index < 0) continue;
    const message = `there is no skill "${skills[index]}"; known: ${known.join(', ')}`;
    return { field: `customAgents.${at}.skills.${index}`, message };
  }
  return false;
}
