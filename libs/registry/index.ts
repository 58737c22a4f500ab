export { AgentRegistry, unknownAgent } from './agent-registry.js';
export type { AgentRegistryOptions } from './agent-registry.js';
export { BUILT_IN_AGENTS } from './built-in-agents.js';
export type { BuiltInAgentId } from './built-in-agents.js';
