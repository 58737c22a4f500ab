import type { Logger } from '#contract';
import {
  AcpExecutor,
  EchoExecutor,
  HttpExecutor,
  McpServers,
  ModelExecutor,
  ShellExecutor,
  modelAccessOf,
  readWebhookSecret,
} from '#execution';
import type { Executor, Processes } from '#execution';
import type { Config } from '#platform';
import { modelAgentsOf, runBy } from '#registry';

/** What executors are made of. */
type Parts = Readonly<{ config: Config; processes: Processes; env: NodeJS.ProcessEnv; logger: Logger }>;

/** An executor, and the agents whose tasks it runs. */
type Runs = Readonly<{ executor: Executor; agents: readonly string[] }>;

/**
 * Every kind of agent that a worker can run. What none of them runs, this worker does not declare: its tasks wait for one
 * that does.
 */
const KINDS: readonly ((parts: Parts) => readonly Runs[])[] = [shellAndModels, echo, acp, http];

/** Who runs the tasks of each agent that this worker can run. */
export const executorsOf = (parts: Parts): ReadonlyMap<string, Executor> =>
  new Map(
    KINDS.flatMap((kind) => kind(parts)).flatMap(({ executor, agents }) =>
      agents.filter((id) => parts.config.agents.includes(id)).map((id) => [id, executor] as const),
    ),
  );

/** A model agent only where a provider is configured. What it has run is run by the shell. */
function shellAndModels({ config, processes, env, logger }: Parts): readonly Runs[] {
  const { mcpServers } = config;
  const shell = new ShellExecutor({ processes });
  const access = modelAccessOf(env);
  const agents =
    access.size > 0 ? modelAgentsOf(config.agents, { custom: config.customAgents, mcpServers }) : [];
  const { fetch = 'public' } = config.execution;
  const mcp = new McpServers({ servers: mcpServers, env, logger });
  const model = new ModelExecutor({ agents, access, shell, processes, settings: config.models, fetch, mcp });
  return [
    { executor: shell, agents: ['shell'] },
    { executor: model, agents: agents.map(({ id }) => id) },
  ];
}

function echo(): readonly Runs[] {
  return [{ executor: new EchoExecutor(), agents: ['echo'] }];
}

/** Without its keys a program would fail each task: another worker may have them. */
function acp({ config, processes, env, logger }: Parts): readonly Runs[] {
  const agents = runBy(config.customAgents, 'acp').flatMap(({ id, command, env: names, skills }) => {
    const missing = names.filter((name) => env[name] === undefined);
    if (missing.length === 0) return [[id, { command, env: picked(env, names), skills }] as const];
    logger.warn(`this worker does not run "${id}": its environment has no ${missing.join(', ')}`, {
      field: `customAgents.${id}.env`,
    });
    return [];
  });
  const executor = new AcpExecutor({ agents: new Map(agents), processes });
  return [{ executor, agents: agents.map(([id]) => id) }];
}

const picked = (env: NodeJS.ProcessEnv, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, env[name] ?? '']));

/** @throws {MeshError} `invalid_request` when the file of a key cannot be read */
function http({ config }: Parts): readonly Runs[] {
  const agents = runBy(config.customAgents, 'http').map(({ id, url, secretFile }) => {
    const field = `customAgents.${id}.secretFile`;
    const secret = secretFile === undefined ? undefined : readWebhookSecret(secretFile, field);
    return [id, { url, secret }] as const;
  });
  return [{ executor: new HttpExecutor({ agents: new Map(agents) }), agents: agents.map(([id]) => id) }];
}
