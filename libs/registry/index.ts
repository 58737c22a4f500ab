export { AgentRegistry, modelAgentsOf } from './agent-registry.js';
export type { AgentFacts, AgentRegistryOptions, ModelAgent, SkillFacts } from './agent-registry.js';
export { isBuiltInAgent } from './built-in-agents.js';
export { mcpSkillIdOf } from './mcp-skills.js';
export type { BuiltInAgentId } from './built-in-agents.js';
export { BUILT_IN_SKILL_IDS } from './built-in-skills.js';
export { runBy } from './custom-agent.js';
export type { CustomAgent } from './custom-agent.js';
