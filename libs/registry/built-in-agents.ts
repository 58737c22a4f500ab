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
  'code-creator': {
    id: 'code-creator',
    name: 'Code creator',
    description: 'Writes new code that does what the input asks, in the style of the code around it',
    capabilities: ['code', 'create', 'edit', 'diff', 'streaming'],
  },
  'code-reviewer': {
    id: 'code-reviewer',
    name: 'Code reviewer',
    description: 'Reads a change or a part of the code and says what is wrong with it; changes nothing',
    capabilities: ['code', 'review', 'streaming'],
  },
  'test-generator': {
    id: 'test-generator',
    name: 'Test generator',
    description: 'Writes tests that fail when the code they cover is broken, and runs them',
    capabilities: ['code', 'test', 'edit', 'diff', 'streaming'],
  },
  'bug-analyzer': {
    id: 'bug-analyzer',
    name: 'Bug analyzer',
    description: 'Finds the cause of a fault and says how to mend it; changes nothing',
    capabilities: ['code', 'debug', 'streaming'],
  },
  'refactor-agent': {
    id: 'refactor-agent',
    name: 'Refactor agent',
    description: 'Makes code simpler without changing what it does, in steps that keep its tests green',
    capabilities: ['code', 'refactor', 'edit', 'diff', 'streaming'],
  },
  'documentation-agent': {
    id: 'documentation-agent',
    name: 'Documentation agent',
    description: 'Writes and mends documentation so that it says what the code does today',
    capabilities: ['documentation', 'edit', 'diff', 'streaming'],
  },
  'architecture-advisor': {
    id: 'architecture-advisor',
    name: 'Architecture advisor',
    description: 'Weighs designs against the code as it is and recommends one; changes nothing',
    capabilities: ['architecture', 'review', 'streaming'],
  },
} as const satisfies Record<string, AgentInfo>;

export type BuiltInAgentId = keyof typeof BUILT_IN_AGENTS;

export const isBuiltInAgent = (id: string): id is BuiltInAgentId => Object.hasOwn(BUILT_IN_AGENTS, id);
