export { AgentRegistry } from './agent-registry.js';
export type { AgentRegistryOptions } from './agent-registry.js';
export type { BuiltInAgentId } from './built-in-agents.js';
