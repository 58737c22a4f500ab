import type { ModelAgent } from '#registry';
import type { Executor } from '../executor.js';
import type { McpServers } from '../mcp/mcp-servers.js';
import type { Processes } from '../sandbox/processes.js';
import type { ModelAccess } from './access.js';
import type { ModelSettings } from './choose-model.js';

/** What a model executor is made of. */
export type ModelOptions = Readonly<{
  agents: readonly ModelAgent[];
  settings: ModelSettings;
  access: ModelAccess;
  /** Runs the commands that models ask for, as tasks of the shell agent. */
  shell: Executor;
  /** What starts the programs of other tools, for as long as the executor is open: it does not close it. */
  processes: Pick<Processes, 'run'>;
  /** Where fetch-url may read from. @default 'public' */
  fetch?: 'public' | 'any' | undefined;
  /** Whose tools the agents have, by their skills; the executor closes them. @default none */
  mcp?: McpServers | undefined;
}>;
