import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { MeshError } from '#errors';
import type { RuntimeMode } from '#contract';
import { CONFIG_DEFAULTS as DEFAULT } from './config-schema.js';
import type { ConfigFile, TokenConfig } from './config-schema.js';
import { fromEnvironment, fromFile, fromFlags, repositoryRoot } from './config-sources.js';
import type { Problem } from './config-sources.js';

/** Everything a process needs to know, complete and checked. Paths are absolute. */
export type Config = Readonly<{
  mode: RuntimeMode;
  /** Folder of the repository the process was started for; where the shell agent runs in local-only mode. */
  workspace: string;
  dataDir: string;
  http: Readonly<{ enabled: boolean; host: string; port: number }>;
  requireAuth: boolean;
  database: Readonly<{ url?: string | undefined; poolSize: number }>;
  nats: Readonly<{
    url?: string | undefined;
    user?: string | undefined;
    passwordFile?: string | undefined;
    stream: string;
  }>;
  maxConcurrentTasks: number;
  defaultAgent: string;
  agents: readonly string[];
  worker: Readonly<{ id: string; slots: number; labels: readonly string[]; drainMs: number }>;
  leaseMs: number;
  shell: 'off' | 'bare';
  tokens: readonly TokenConfig[];
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Which transport the CLI and `connect()` prefer. */
  preferredTransport: 'local' | 'http';
}>;

export type ConfigInput = Readonly<{
  /** @default process.cwd() */
  cwd?: string | undefined;
  /** @default process.env */
  env?: NodeJS.ProcessEnv | undefined;
  /** What the command line or the caller sets; strongest. */
  flags?: ConfigFile | undefined;
  /** @default the user's home folder */
  home?: string | undefined;
}>;

/**
 * Reads flags, environment, the repository's and the user's `.coderClaw/runtime.yaml`, in that order of strength.
 *
 * @throws {MeshError} `invalid_request` with all problems of all sources, each with line and column
 */
export function loadConfig({
  cwd = process.cwd(),
  env = process.env,
  flags = {},
  home = homedir(),
}: ConfigInput = {}): Config {
  const root = repositoryRoot(resolve(cwd));
  const sources = [
    fromFlags(flags),
    fromEnvironment(env),
    fromFile(join(root, '.coderClaw', 'runtime.yaml')),
    fromFile(join(home, '.coderClaw', 'runtime.yaml')),
  ];
  const merged = sources
    .map(({ values }) => oneMode(values))
    .reduceRight((weak, strong) => merge(weak, strong), {});
  const problems = [
    ...sources.flatMap((source) => source.problems),
    ...sources.flatMap(({ values }) => twoModes(values)),
  ];
  if (problems.length === 0) problems.push(...contradictions(merged));
  if (problems.length > 0) throw invalid(problems);
  return complete(merged, root);
}

function complete(file: ConfigFile, root: string): Config {
  const mode = file.mode ?? DEFAULT.mode;
  const local = mode === 'local-only';
  const remoteSessions = file.deployment?.allowRemoteSessions ?? !local;
  return {
    mode,
    workspace: root,
    dataDir: resolve(root, file.dataDir ?? join('.coderClaw', 'data')),
    http: {
      enabled: file.transport?.enabled ?? true,
      host: remoteSessions ? (file.http?.host ?? DEFAULT.host) : DEFAULT.host,
      port: file.http?.port ?? DEFAULT.port,
    },
    requireAuth: file.security?.requireAuth ?? true,
    database: { url: file.database?.url, poolSize: file.database?.poolSize ?? DEFAULT.poolSize },
    nats: { ...file.nats, stream: file.nats?.stream ?? DEFAULT.stream },
    maxConcurrentTasks: file.deployment?.maxConcurrentTasks ?? DEFAULT.maxConcurrentTasks,
    defaultAgent: file.defaultAgent ?? DEFAULT.defaultAgent,
    agents: file.agents ?? DEFAULT.agents,
    worker: workerOf(file, local),
    leaseMs: file.scheduling?.leaseMs ?? DEFAULT.leaseMs,
    shell: local ? 'bare' : (file.execution?.shell ?? 'off'),
    tokens: file.access?.tokens ?? [],
    logLevel: file.log?.level ?? (local ? 'warn' : 'info'),
    preferredTransport: file.transport?.type ?? 'local',
  };
}

const workerOf = ({ worker }: ConfigFile, local: boolean): Config['worker'] => ({
  id: worker?.id ?? (local ? 'local' : hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')),
  slots: worker?.slots ?? DEFAULT.slots,
  labels: worker?.labels ?? [],
  drainMs: worker?.drainMs ?? DEFAULT.drainMs,
});

const modeOf = (file: ConfigFile): RuntimeMode | undefined => file.mode ?? file.deployment?.mode;

function twoModes(file: ConfigFile): readonly Problem[] {
  const other = file.deployment?.mode;
  if (!file.mode || !other || file.mode === other) return [];
  const message = `mode says ${file.mode}, deployment.mode says ${other}: they are one setting`;
  return [{ where: 'runtime.yaml', field: 'deployment.mode', message }];
}

/** What is wrong only in view of the whole. */
function contradictions(file: ConfigFile): readonly Problem[] {
  const local = (file.mode ?? DEFAULT.mode) === 'local-only';
  const problems: Problem[] = [];
  const add = (field: string, message: string) => problems.push({ where: 'configuration', field, message });
  if (!local && file.security?.requireAuth === false)
    add('security.requireAuth', 'may be false only in local-only mode');
  if (local && file.http?.host && !isLoopback(file.http.host))
    add('http.host', 'local-only mode listens on loopback only');
  const agents: readonly string[] = file.agents ?? DEFAULT.agents;
  const agent = file.defaultAgent ?? DEFAULT.defaultAgent;
  if (!agents.includes(agent)) add('defaultAgent', `${agent} is not among agents (${agents.join(', ')})`);
  return problems;
}

export const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host);

function invalid(problems: readonly Problem[]): MeshError {
  const message = problems
    .map(({ where, field, message: why }) => `${where}: ${field ? `${field}: ` : ''}${why}`)
    .join('\n');
  return new MeshError('invalid_request', message, {
    field: problems[0]?.field ?? '',
    problems: problems.map(({ where, field, message: why }) => ({ field, message: `${where}: ${why}` })),
  });
}

/** `mode` under its one name, so that the stronger source's word counts whichever name it used. */
const oneMode = (file: ConfigFile): ConfigFile => ({ ...file, mode: modeOf(file) });

function merge<Value extends object>(weak: Value, strong: Value): Value {
  const result = new Map<string, unknown>(Object.entries(weak));
  for (const [key, value] of Object.entries(strong)) {
    const below = result.get(key);
    if (value !== undefined) result.set(key, isPlain(value) && isPlain(below) ? merge(below, value) : value);
  }
  return Object.fromEntries(result) as Value;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
