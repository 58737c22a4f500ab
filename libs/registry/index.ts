export { AgentRegistry } from './agent-registry.js';
export type { AgentFacts, AgentRegistryOptions, SkillFacts } from './agent-registry.js';
export type { BuiltInAgentId } from './built-in-agents.js';
