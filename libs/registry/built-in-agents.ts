import type { AgentInfo } from '#contract';

/** The agents that come with the runtime. */
export const BUILT_IN_AGENTS = {
  shell: {
    id: 'shell',
    name: 'Shell',
    description: 'Runs the input as a command in the workspace and streams what it prints',
    capabilities: ['shell', 'streaming'],
  },
  echo: {
    id: 'echo',
    name: 'Echo',
    description: 'Answers with its input; starts no process. For trying a deployment out and measuring it',
    capabilities: ['echo'],
  },
} as const satisfies Record<string, AgentInfo>;

export type BuiltInAgentId = keyof typeof BUILT_IN_AGENTS;
