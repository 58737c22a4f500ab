import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { RuntimeMode } from '#contract';
import { CONFIG_DEFAULTS as DEFAULT } from './config-schema.js';
import type { ConfigFile } from './config-schema.js';
import type { ExecutionSettings } from './execution-schema.js';
import { customAgentsOf } from './custom-agents.js';
import type { CustomAgent } from '#registry';
import type { GitHubCiSettings, ProviderSettings } from '#settings';

/** Everything a process needs to know, complete and checked. Paths are absolute. */
export type Config = Readonly<{
  mode: RuntimeMode;
  /** Folder of the repository the process was started for; where the shell agent runs in local-only mode. */
  workspace: string;
  dataDir: string;
  http: Readonly<{
    enabled: boolean;
    host: string;
    port: number;
    hosts: readonly string[];
    origins: readonly string[];
    publicUrl: string | undefined;
    trustedProxies: readonly string[];
  }>;
  requireAuth: boolean;
  enforceTrust: boolean;
  defaultRoles: readonly string[];
  identity: ProviderSettings;
  ciGithub: GitHubCiSettings | undefined;
  sessions: Readonly<{ accessTokenMs: number; idleMs: number; absoluteMs: number }>;
  database: Readonly<{ url?: string | undefined; poolSize: number }>;
  nats: Readonly<{
    url?: string | undefined;
    user?: string | undefined;
    passwordFile?: string | undefined;
    allowOpen: boolean;
    stream: string;
    replicas: number;
  }>;
  maxConcurrentTasks: number;
  limits: Readonly<{
    maxConcurrentTasksPerSession?: number | undefined;
    maxConcurrentTasksPerAgent?: Readonly<Record<string, number>> | undefined;
    maxQueuedTasks: number;
    maxQueuedTasksOfAll: number;
  }>;
  defaultAgent: string;
  /** All that are enabled, the custom ones too. */
  agents: readonly string[];
  customAgents: readonly CustomAgent[];
  worker: Readonly<{
    id: string;
    slots: number;
    labels: readonly string[];
    drainMs: number;
    workRoot: string;
  }>;
  artifacts: Readonly<{
    store: 'files' | 'jetstream';
    dir: string;
    bucket: string;
    tenantQuotaBytes: number;
    /** 0 keeps them for ever. */
    retentionDays: number;
  }>;
  leaseMs: number;
  /** How tasks' processes run here. */
  execution: ExecutionSettings & Readonly<{ sandbox: NonNullable<ExecutionSettings['sandbox']> }>;
  models: NonNullable<ConfigFile['models']>;
  /** Servers whose tools model agents have, by name. */
  mcpServers: NonNullable<ConfigFile['mcpServers']>;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Which transport the CLI and `connect()` prefer. */
  preferredTransport: 'local' | 'http';
}>;

/** The configuration that the sources' settings make, with the defaults of its mode. */
export function complete(file: ConfigFile, root: string): Config {
  const mode = file.mode ?? DEFAULT.mode;
  const local = mode === 'local-only';
  const dataDir = resolve(root, file.dataDir ?? join('.coderClaw', 'data'));
  return {
    mode,
    workspace: root,
    dataDir,
    artifacts: artifactsOf(file, root, dataDir),
    http: httpOf(file, local),
    ...accessOf(file, local),
    ...backendsOf(file),
    ...tasksOf(file),
    customAgents: customAgentsOf(file.customAgents, root),
    worker: {
      ...workerOf(file, local),
      workRoot: resolve(root, file.worker?.workRoot ?? join(dataDir, 'work')),
    },
    logLevel: file.log?.level ?? (local ? 'warn' : 'info'),
    preferredTransport: file.transport?.type ?? 'local',
  };
}

function httpOf(file: ConfigFile, local: boolean): Config['http'] {
  const { port = DEFAULT.port, hosts = [], origins = [], publicUrl, trustedProxies = [] } = file.http ?? {};
  const enabled = file.transport?.enabled ?? true;
  return { enabled, host: hostOf(file, local), port, hosts, origins, publicUrl, trustedProxies };
}

/** Where sessions from elsewhere are not allowed, it listens on this machine only. */
function hostOf({ http, deployment }: ConfigFile, local: boolean): string {
  const remoteSessions = deployment?.allowRemoteSessions ?? !local;
  return (remoteSessions ? http?.host : undefined) ?? DEFAULT.host;
}

type AccessSettings = Pick<
  Config,
  'requireAuth' | 'enforceTrust' | 'defaultRoles' | 'identity' | 'ciGithub' | 'sessions'
>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function accessOf(file: ConfigFile, local: boolean): AccessSettings {
  const { security = {}, identity = {}, ci, sessions = {} } = file;
  const { requireAuth = true, enforceTrust = !local, defaultRoles = [] } = security;
  return {
    requireAuth,
    enforceTrust,
    defaultRoles,
    identity,
    ciGithub: ci?.github,
    sessions: sessionsOf(sessions),
  };
}

const sessionsOf = ({
  accessTokenMinutes = DEFAULT.accessTokenMinutes,
  idleDays = DEFAULT.idleDays,
  absoluteDays = DEFAULT.absoluteDays,
}: NonNullable<ConfigFile['sessions']>): Config['sessions'] => ({
  accessTokenMs: accessTokenMinutes * MINUTE_MS,
  idleMs: idleDays * DAY_MS,
  absoluteMs: absoluteDays * DAY_MS,
});

const backendsOf = ({ database, nats }: ConfigFile): Pick<Config, 'database' | 'nats'> => ({
  database: { url: database?.url, poolSize: database?.poolSize ?? DEFAULT.poolSize },
  nats: {
    ...nats,
    allowOpen: nats?.allowOpen ?? false,
    stream: nats?.stream ?? DEFAULT.stream,
    replicas: nats?.replicas ?? DEFAULT.replicas,
  },
});

type TaskSettings = Pick<
  Config,
  | 'maxConcurrentTasks'
  | 'limits'
  | 'defaultAgent'
  | 'agents'
  | 'leaseMs'
  | 'execution'
  | 'models'
  | 'mcpServers'
>;

const tasksOf = (file: ConfigFile): TaskSettings => ({
  maxConcurrentTasks: file.deployment?.maxConcurrentTasks ?? DEFAULT.maxConcurrentTasks,
  limits: limitsOf(file.limits),
  ...agentsOf(file),
  leaseMs: file.scheduling?.leaseMs ?? DEFAULT.leaseMs,
  execution: { ...file.execution, sandbox: file.execution?.sandbox ?? DEFAULT.sandbox },
  models: file.models ?? {},
  mcpServers: file.mcpServers ?? {},
});

const limitsOf = ({
  maxQueuedTasks = DEFAULT.maxQueuedTasks,
  maxQueuedTasksOfAll = DEFAULT.maxQueuedTasksOfAll,
  ...limits
}: NonNullable<ConfigFile['limits']> = {}): Config['limits'] => ({
  ...limits,
  maxQueuedTasks,
  maxQueuedTasksOfAll,
});

/** Which agents there are, and which is meant where none is named. Who adds an agent has enabled it. */
export const agentsOf = ({
  agents,
  customAgents = [],
  defaultAgent,
}: ConfigFile): Pick<Config, 'agents' | 'defaultAgent'> => ({
  agents: [...new Set([...(agents ?? DEFAULT.agents), ...customAgents.map(({ id }) => id)])],
  defaultAgent: defaultAgent ?? DEFAULT.defaultAgent,
});

const artifactsOf = (
  { mode, artifacts = {} }: ConfigFile,
  root: string,
  dataDir: string,
): Config['artifacts'] => ({
  store: artifacts.store ?? (mode === 'distributed-cluster' ? 'jetstream' : 'files'),
  dir: resolve(root, artifacts.dir ?? join(dataDir, 'artifacts')),
  bucket: artifacts.bucket ?? DEFAULT.artifactsBucket,
  tenantQuotaBytes: artifacts.tenantQuotaBytes ?? DEFAULT.tenantQuotaBytes,
  retentionDays: artifacts.retentionDays ?? DEFAULT.retentionDays,
});

const workerOf = ({ worker }: ConfigFile, local: boolean): Omit<Config['worker'], 'workRoot'> => ({
  id: worker?.id ?? (local ? 'local' : hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')),
  slots: worker?.slots ?? DEFAULT.slots,
  labels: worker?.labels ?? [],
  drainMs: worker?.drainMs ?? DEFAULT.drainMs,
});
