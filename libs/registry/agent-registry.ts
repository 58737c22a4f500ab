import type { AgentInfo, SkillInfo } from '#contract';
import { MeshError } from '#errors';
import { BUILT_IN_AGENTS } from './built-in-agents.js';
import { BUILT_IN_SKILLS, SKILLS_OF } from './built-in-skills.js';
import type { BuiltInSkillId } from './built-in-skills.js';
import { infoOf, runBy } from './custom-agent.js';
import type { CustomAgent } from './custom-agent.js';
import { INSTRUCTIONS, isModelAgent } from './instructions.js';
import { checkMcpServers, isOptional, mcpSkill, withMcpSkills } from './mcp-skills.js';
import type { McpServerFacts } from './mcp-skills.js';

export type AgentRegistryOptions = Readonly<{
  /** The agents that are enabled, in the order they are listed. @default all built-in ones, then the custom ones */
  agents?: readonly string[] | undefined;
  /** The agents that the configuration adds. */
  custom?: readonly CustomAgent[] | undefined;
  /** Who runs what names no agent. @default 'shell', or the first that is enabled */
  defaultAgent?: string | undefined;
  /** Why model agents cannot run here, if they cannot: they are refused when they are asked for. */
  noModels?: string | undefined;
  /** Servers of which each is a skill of the model agents that have it, by name. @default none */
  mcpServers?: McpServerFacts | undefined;
}>;

/** What a policy is asked about an agent: who it is, and which skills it declares. */
export type AgentFacts = Readonly<{ agentId: string; skills: readonly SkillFacts[] }>;

export type SkillFacts = Readonly<{
  id: string;
  dangerous: boolean;
  /** The agent goes without it where the policy denies it. */
  optional?: boolean | undefined;
}>;

/** Knows which agents may be asked for, and what they can do. */
export class AgentRegistry {
  /** Id of the agent for tasks that name none. */
  readonly defaultAgent: string;

  private readonly agents: ReadonlyMap<string, Known>;
  private readonly facts: ReadonlyMap<string, AgentFacts>;
  private readonly noModels: string | undefined;

  /** @throws {MeshError} `invalid_request` if an agent is named that does not exist */
  constructor({ agents, custom = [], defaultAgent, noModels, mcpServers = {} }: AgentRegistryOptions = {}) {
    const known = new Map([...BUILT_IN, ...custom.map((agent) => [agent.id, knownOf(agent)] as const)]);
    const enabled = (agents ?? [...known.keys()]).map((id) => withServers(knownIn(known, id), mcpServers));
    checkMcpServers(
      mcpServers,
      enabled.filter(({ isModel }) => isModel).map(({ info }) => info.id),
    );
    this.noModels = noModels;
    this.agents = new Map(enabled.map((agent) => [agent.info.id, agent]));
    this.facts = new Map(enabled.map((agent) => [agent.info.id, this.factsOf(agent)]));
    this.defaultAgent = defaultAgent ?? (this.has('shell') ? 'shell' : ([...this.agents.keys()][0] ?? ''));
  }

  list(): readonly AgentInfo[] {
    return [...this.agents.values()].map(({ info }) => info);
  }

  has(id: string): boolean {
    return this.agents.has(id);
  }

  /** @throws {MeshError} `invalid_request` with field `agentId`, naming the known ones */
  require(id: string): AgentInfo {
    return knownIn(this.agents, id).info;
  }

  /** @throws {MeshError} as `require` does; `unsupported`, with the setting to add, for one that cannot run here */
  requireReady(id: string): AgentInfo {
    const { info, isModel } = knownIn(this.agents, id);
    if (this.noModels === undefined || !isModel) return info;
    const message = `the agent "${id}" needs a model, and no model provider is configured`;
    throw new MeshError('unsupported', message, { field: 'agentId', hint: this.noModels });
  }

  /** The skills that the enabled agents declare. */
  listSkills(): readonly SkillInfo[] {
    const ids = new Set([...this.agents.values()].flatMap(({ skills }) => skills));
    return [...ids].map((id) => (isBuiltInSkill(id) ? BUILT_IN_SKILLS[id] : mcpSkill(id)));
  }

  /** What a policy is asked about an agent, the default one if none is named; one nobody knows declares nothing. */
  policyFacts(agentId = this.defaultAgent): AgentFacts {
    return this.facts.get(agentId) ?? { agentId, skills: [] };
  }

  /** A skill nobody knows counts as dangerous. */
  skillFacts(id: string): SkillFacts {
    return { id, dangerous: isBuiltInSkill(id) ? BUILT_IN_SKILLS[id].dangerous : true };
  }

  private factsOf({ info, skills, optional }: Known): AgentFacts {
    const facts = skills.map((id) => ({ ...this.skillFacts(id), optional: optional.has(id) || undefined }));
    return { agentId: info.id, skills: facts };
  }
}

/** What a worker needs to know of an agent that is a model: what to tell it, and what it may ask for. */
export type ModelAgent = Readonly<{ id: string; instructions: string; skills: readonly string[] }>;

/** The model agents among these. */
export const modelAgentsOf = (
  ids: readonly string[],
  { custom = [], mcpServers = {} }: Pick<AgentRegistryOptions, 'custom' | 'mcpServers'> = {},
): readonly ModelAgent[] =>
  [
    ...ids.filter(isModelAgent).map((id) => ({ id, instructions: INSTRUCTIONS[id], skills: SKILLS_OF[id] })),
    ...runBy(custom, 'model').filter(({ id }) => ids.includes(id)),
  ].map((agent) => ({ ...agent, skills: withMcpSkills(agent, mcpServers) }));

/** What is known of an agent, whoever it comes from. */
type Known = Readonly<{
  info: AgentInfo;
  skills: readonly string[];
  /** Those among them that it was given without being named: it goes on without. */
  optional: ReadonlySet<string>;
  isModel: boolean;
}>;

const NONE: ReadonlySet<string> = new Set();

const isBuiltInSkill = (id: string): id is BuiltInSkillId => Object.hasOwn(BUILT_IN_SKILLS, id);

const BUILT_IN: ReadonlyMap<string, Known> = new Map(
  Object.values(BUILT_IN_AGENTS).map((info) => [
    info.id,
    { info, skills: SKILLS_OF[info.id], optional: NONE, isModel: isModelAgent(info.id) },
  ]),
);

const knownOf = (agent: CustomAgent): Known => ({
  info: infoOf(agent),
  skills: agent.skills,
  optional: NONE,
  isModel: agent.executor === 'model',
});

function withServers(known: Known, servers: McpServerFacts): Known {
  if (!known.isModel) return known;
  const { info, skills } = known;
  const all = withMcpSkills({ id: info.id, skills }, servers);
  return { ...known, skills: all, optional: new Set(all.filter(isOptional(skills, servers))) };
}

function knownIn(agents: ReadonlyMap<string, Known>, id: string): Known {
  const agent = agents.get(id);
  if (agent) return agent;
  const message = `there is no agent "${id}"; known: ${[...agents.keys()].join(', ') || 'none'}`;
  const hint = '`coderclaw agents list` says what each does; more are made by customAgents in runtime.yaml';
  throw new MeshError('invalid_request', message, { field: 'agentId', hint });
}
