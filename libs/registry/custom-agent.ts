import type { AgentInfo } from '#contract';

/** What runs the tasks of an agent that the configuration adds, and what it needs to know of that agent. */
type Kind =
  | Readonly<{ executor: 'model'; instructions: string }>
  /** `command`: the program and its arguments. `env`: variables of the worker that it is given, by name. */
  | Readonly<{ executor: 'acp'; command: readonly string[]; env: readonly string[] }>
  | Readonly<{ executor: 'http'; url: string; secretFile?: string | undefined }>;

/** An agent that the configuration adds to the built-in ones. `skills`: what it may ask for. */
export type CustomAgent = Pick<AgentInfo, 'id' | 'name' | 'description' | 'capabilities'> &
  Readonly<{ skills: readonly string[] }> &
  Kind;

/** The custom agents that this executor runs. */
export const runBy = <Executor extends CustomAgent['executor']>(
  agents: readonly CustomAgent[],
  executor: Executor,
): readonly Extract<CustomAgent, { executor: Executor }>[] =>
  agents.filter(
    (agent): agent is Extract<CustomAgent, { executor: Executor }> => agent.executor === executor,
  );

/** As it is listed: not where it is, nor how it is started. */
export const infoOf = ({ id, name, description, capabilities }: CustomAgent): AgentInfo => ({
  id,
  name,
  description,
  capabilities,
});
