import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkValues, readYaml } from '#settings';
import type { Problem, Reading, Where } from '#settings';
import type { ConfigFile } from './config-schema.js';
import { configFileSchema } from './config-schema.js';

/** What one source sets, and what is wrong with it. */
export type Source = Readonly<{ values: ConfigFile; problems: readonly Problem[] }>;

/** Environment variables and the setting each stands for. */
const ENVIRONMENT: Readonly<
  Record<string, Readonly<{ path: readonly string[]; kind: 'text' | 'number' | 'list' }>>
> = {
  CODERCLAW_MODE: { path: ['mode'], kind: 'text' },
  CODERCLAW_HOST: { path: ['http', 'host'], kind: 'text' },
  CODERCLAW_PORT: { path: ['http', 'port'], kind: 'number' },
  CODERCLAW_DATA_DIR: { path: ['dataDir'], kind: 'text' },
  CODERCLAW_DATABASE_URL: { path: ['database', 'url'], kind: 'text' },
  CODERCLAW_NATS_URL: { path: ['nats', 'url'], kind: 'text' },
  CODERCLAW_NATS_USER: { path: ['nats', 'user'], kind: 'text' },
  CODERCLAW_NATS_PASSWORD_FILE: { path: ['nats', 'passwordFile'], kind: 'text' },
  CODERCLAW_NATS_STREAM: { path: ['nats', 'stream'], kind: 'text' },
  CODERCLAW_DEFAULT_AGENT: { path: ['defaultAgent'], kind: 'text' },
  CODERCLAW_MAX_CONCURRENT_TASKS: { path: ['deployment', 'maxConcurrentTasks'], kind: 'number' },
  CODERCLAW_WORKER_ID: { path: ['worker', 'id'], kind: 'text' },
  CODERCLAW_WORKER_SLOTS: { path: ['worker', 'slots'], kind: 'number' },
  CODERCLAW_WORKER_WORK_ROOT: { path: ['worker', 'workRoot'], kind: 'text' },
  CODERCLAW_NATS_REPLICAS: { path: ['nats', 'replicas'], kind: 'number' },
  CODERCLAW_ARTIFACTS_STORE: { path: ['artifacts', 'store'], kind: 'text' },
  CODERCLAW_ARTIFACTS_DIR: { path: ['artifacts', 'dir'], kind: 'text' },
  CODERCLAW_ARTIFACTS_BUCKET: { path: ['artifacts', 'bucket'], kind: 'text' },
  CODERCLAW_ARTIFACTS_RETENTION_DAYS: { path: ['artifacts', 'retentionDays'], kind: 'number' },
  CODERCLAW_WORKER_LABELS: { path: ['worker', 'labels'], kind: 'list' },
  CODERCLAW_WORKER_DRAIN_MS: { path: ['worker', 'drainMs'], kind: 'number' },
  CODERCLAW_LEASE_MS: { path: ['scheduling', 'leaseMs'], kind: 'number' },
  CODERCLAW_EXECUTION_SANDBOX: { path: ['execution', 'sandbox'], kind: 'text' },
  CODERCLAW_EXECUTION_BWRAP: { path: ['execution', 'bwrap'], kind: 'text' },
  CODERCLAW_EXECUTION_ALLOWED_DOMAINS: { path: ['execution', 'allowedDomains'], kind: 'list' },
  CODERCLAW_LOG_LEVEL: { path: ['log', 'level'], kind: 'text' },
};

const READ = {
  text: (value: string) => value,
  /** What is no number stays as it is, so that the refusal shows it. */
  number: (value: string) => (value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value)),
  list: (value: string) => value.split(',').filter((item) => item !== ''),
} as const;

/** What the environment sets. */
export function fromEnvironment(env: NodeJS.ProcessEnv): Source {
  const values: Record<string, unknown> = {};
  for (const [name, { path, kind }] of Object.entries(ENVIRONMENT)) {
    const value = env[name];
    if (value !== undefined) setIn(values, path, READ[kind](value));
  }
  return checked(values, (path) => nameOf(path) ?? 'the environment');
}

const nameOf = (path: readonly PropertyKey[]): string | undefined =>
  Object.entries(ENVIRONMENT).find(
    ([, setting]) => setting.path.join('.') === path.slice(0, setting.path.length).join('.'),
  )?.[0];

/** What the command line sets. */
export const fromFlags = (flags: ConfigFile): Source => checked(flags, (path) => `--${String(path.at(-1))}`);

/** What a YAML file sets; a file that is not there sets nothing. */
export const fromFile = (file: string): Source =>
  existsSync(file)
    ? sourceOf(readYaml(configFileSchema, readFileSync(file, 'utf8'), file))
    : { values: {}, problems: [] };

const checked = (values: unknown, where: Where): Source =>
  sourceOf(checkValues(configFileSchema, values, where));

const sourceOf = ({ values, problems }: Reading<ConfigFile>): Source => ({ values: values ?? {}, problems });

/** The folder that holds `.coderClaw` or `.git`, found upwards; the folder itself if none does. */
export function repositoryRoot(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, '.coderClaw')) || existsSync(join(current, '.git'))) return current;
    if (dirname(current) === current) return folder;
  }
}

function setIn(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) target[key] = value;
  else setIn((target[key] ??= {}) as Record<string, unknown>, rest, value);
}
