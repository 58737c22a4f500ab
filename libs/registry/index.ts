export { AgentRegistry, modelAgentsOf } from './agent-registry.js';
export type { AgentFacts, AgentRegistryOptions, ModelAgent, SkillFacts } from './agent-registry.js';
export { mcpSkillIdOf } from './mcp-skills.js';
export type { BuiltInAgentId } from './built-in-agents.js';
