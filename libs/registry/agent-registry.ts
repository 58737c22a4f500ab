import type { AgentInfo, SkillInfo } from '#contract';
import { MeshError } from '#errors';
import { BUILT_IN_AGENTS } from './built-in-agents.js';
import type { BuiltInAgentId } from './built-in-agents.js';

export type AgentRegistryOptions = Readonly<{
  /** The built-in agents that are enabled, in the order they are listed. @default all of them */
  agents?: readonly string[] | undefined;
  /** Who runs what names no agent. @default 'shell', or the first that is enabled */
  defaultAgent?: string | undefined;
}>;

/** Knows which agents may be asked for. */
export class AgentRegistry {
  /** Id of the agent for tasks that name none. */
  readonly defaultAgent: string;

  private readonly agents: ReadonlyMap<string, AgentInfo>;

  /** @throws {MeshError} `invalid_request` if an agent is named that does not exist */
  constructor({ agents = Object.keys(BUILT_IN_AGENTS), defaultAgent }: AgentRegistryOptions = {}) {
    this.agents = new Map(agents.map((id) => [id, builtIn(id)]));
    this.defaultAgent = defaultAgent ?? (this.has('shell') ? 'shell' : (agents[0] ?? ''));
  }

  list(): readonly AgentInfo[] {
    return [...this.agents.values()];
  }

  has(id: string): boolean {
    return this.agents.has(id);
  }

  /** @throws {MeshError} `invalid_request` with field `agentId`, naming the known ones */
  require(id: string): AgentInfo {
    const agent = this.agents.get(id);
    if (!agent) throw unknownAgent(id, [...this.agents.keys()]);
    return agent;
  }

  /** None yet: skills come with the team registries. */
  listSkills(): readonly SkillInfo[] {
    return [];
  }
}

/** How we say that there is no such agent. */
function unknownAgent(id: string, known: readonly string[]): MeshError {
  const message = `there is no agent "${id}"; known: ${known.join(', ') || 'none'}`;
  return new MeshError('invalid_request', message, { field: 'agentId' });
}

const isBuiltIn = (id: string): id is BuiltInAgentId => Object.hasOwn(BUILT_IN_AGENTS, id);

function builtIn(id: string): AgentInfo {
  if (!isBuiltIn(id)) throw unknownAgent(id, Object.keys(BUILT_IN_AGENTS));
  return BUILT_IN_AGENTS[id];
}
