import type { AgentInfo, SkillInfo } from '#contract';
import { MeshError } from '#errors';
import { BUILT_IN_AGENTS } from './built-in-agents.js';
import type { BuiltInAgentId } from './built-in-agents.js';
import { BUILT_IN_SKILLS, SKILLS_OF } from './built-in-skills.js';
import type { BuiltInSkillId } from './built-in-skills.js';
import { INSTRUCTIONS, isModelAgent } from './instructions.js';
import { checkMcpServers, mcpSkill, mcpSkillsOf } from './mcp-skills.js';
import type { McpServerFacts } from './mcp-skills.js';

export type AgentRegistryOptions = Readonly<{
  /** The built-in agents that are enabled, in the order they are listed. @default all of them */
  agents?: readonly string[] | undefined;
  /** Who runs what names no agent. @default 'shell', or the first that is enabled */
  defaultAgent?: string | undefined;
  /** Why model agents cannot run here, if they cannot: they are refused when they are asked for. */
  noModels?: string | undefined;
  /** Servers of which each is a skill of the model agents that have it, by name. @default none */
  mcpServers?: McpServerFacts | undefined;
}>;

/** What a policy is asked about an agent: who it is, and which skills it declares. */
export type AgentFacts = Readonly<{ agentId: string; skills: readonly SkillFacts[] }>;

export type SkillFacts = Readonly<{ id: string; dangerous: boolean }>;

/** Knows which agents may be asked for, and what they can do. */
export class AgentRegistry {
  /** Id of the agent for tasks that name none. */
  readonly defaultAgent: string;

  private readonly agents: ReadonlyMap<string, AgentInfo>;
  private readonly noModels: string | undefined;
  private readonly mcpServers: McpServerFacts;

  /** @throws {MeshError} `invalid_request` if an agent is named that does not exist */
  constructor({
    agents = Object.keys(BUILT_IN_AGENTS),
    defaultAgent,
    noModels,
    mcpServers = {},
  }: AgentRegistryOptions = {}) {
    this.noModels = noModels;
    this.mcpServers = mcpServers;
    this.agents = new Map(agents.map((id) => [id, builtIn(id)]));
    checkMcpServers(mcpServers, agents.filter(isModelAgent));
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

  /** @throws {MeshError} as `require` does; `unsupported`, with the setting to add, for one that cannot run here */
  requireReady(id: string): AgentInfo {
    const agent = this.require(id);
    if (this.noModels === undefined || !isModelAgent(id)) return agent;
    const message = `the agent "${id}" needs a model, and no model provider is configured`;
    throw new MeshError('unsupported', message, { field: 'agentId', hint: this.noModels });
  }

  /** The skills that the enabled agents declare. */
  listSkills(): readonly SkillInfo[] {
    const ids = new Set([...this.agents.keys()].flatMap((agent) => this.declaredBy(agent)));
    return [...ids].map((id) => (isBuiltInSkill(id) ? BUILT_IN_SKILLS[id] : mcpSkill(id)));
  }

  /** What a policy is asked about an agent, the default one if none is named; one nobody knows declares nothing. */
  policyFacts(agentId = this.defaultAgent): AgentFacts {
    const skills = this.has(agentId) ? this.declaredBy(agentId) : [];
    return { agentId, skills: skills.map((id) => this.skillFacts(id)) };
  }

  /** A skill nobody knows counts as dangerous. */
  skillFacts(id: string): SkillFacts {
    return { id, dangerous: isBuiltInSkill(id) ? BUILT_IN_SKILLS[id].dangerous : true };
  }

  private declaredBy(agent: string): readonly string[] {
    return [...skillsOf(agent), ...(isModelAgent(agent) ? mcpSkillsOf(this.mcpServers, agent) : [])];
  }
}

/** What a worker needs to know of an agent that is a model: what to tell it, and what it may ask for. */
export type ModelAgent = Readonly<{ id: string; instructions: string; skills: readonly string[] }>;

/** The model agents among these. */
export const modelAgentsOf = (
  ids: readonly string[],
  mcpServers: McpServerFacts = {},
): readonly ModelAgent[] =>
  ids.filter(isModelAgent).map((id) => ({
    id,
    instructions: INSTRUCTIONS[id],
    skills: [...SKILLS_OF[id], ...mcpSkillsOf(mcpServers, id)],
  }));

/** How we say that there is no such agent. */
function unknownAgent(id: string, known: readonly string[]): MeshError {
  const message = `there is no agent "${id}"; known: ${known.join(', ') || 'none'}`;
  return new MeshError('invalid_request', message, { field: 'agentId' });
}

const isBuiltIn = (id: string): id is BuiltInAgentId => Object.hasOwn(BUILT_IN_AGENTS, id);

const isBuiltInSkill = (id: string): id is BuiltInSkillId => Object.hasOwn(BUILT_IN_SKILLS, id);

const skillsOf = (agent: string) => (isBuiltIn(agent) ? SKILLS_OF[agent] : []);

function builtIn(id: string): AgentInfo {
  if (!isBuiltIn(id)) throw unknownAgent(id, Object.keys(BUILT_IN_AGENTS));
  return BUILT_IN_AGENTS[id];
}
