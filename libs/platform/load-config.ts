import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RuntimeMode } from '#contract';
import { invalidSettings } from '#settings';
import { BUILT_IN_SKILL_IDS, mcpSkillIdOf } from '#registry';
import type { Problem } from '#settings';
import { unknownSkill } from './custom-agents.js';
import { agentsOf, complete } from './config.js';
import type { Config } from './config.js';
import { CONFIG_DEFAULTS } from './config-schema.js';
import type { ConfigFile } from './config-schema.js';
import { mcpServerProblem } from './mcp-schema.js';
import { fromEnvironment, fromFile, fromFlags, repositoryRoot } from './config-sources.js';

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
  const problems = sources.flatMap((source) => source.problems);
  const found = problems.length > 0 ? problems : contradictions(merged);
  if (found.length > 0) throw invalidSettings(found);
  return complete(merged, root);
}

const modeOf = (file: ConfigFile): RuntimeMode | undefined => file.mode ?? file.deployment?.mode;

type Contradiction = Readonly<{ field: string; message: string }>;

/** What is wrong only in view of the whole; `false` where nothing is. */
const CONTRADICTIONS: readonly ((file: ConfigFile, local: boolean) => Contradiction | false)[] = [
  ({ security }, local) =>
    !local &&
    security?.requireAuth === false && {
      field: 'security.requireAuth',
      message: 'may be false only in local-only mode',
    },
  ({ http }, local) =>
    local &&
    http?.host !== undefined &&
    !LOOPBACK.has(http.host) && { field: 'http.host', message: 'local-only mode listens on loopback only' },
  ({ artifacts }, local) =>
    local &&
    artifacts?.store === 'jetstream' && {
      field: 'artifacts.store',
      message: 'must be files in local-only mode, which has no broker',
    },
  ({ http, identity = {} }) =>
    http?.publicUrl === undefined &&
    Object.keys(identity).length > 0 && {
      field: 'http.publicUrl',
      message: 'is needed for identity providers: it is where they send people back to',
    },
  (file) => {
    const { agents, defaultAgent } = agentsOf(file);
    if (agents.includes(defaultAgent)) return false;
    return { field: 'defaultAgent', message: `${defaultAgent} is not among agents (${agents.join(', ')})` };
  },
  ({ customAgents = [], mcpServers = {} }) =>
    unknownSkill(customAgents, [...BUILT_IN_SKILL_IDS, ...Object.keys(mcpServers).map(mcpSkillIdOf)]),
  ({ mcpServers = {} }) => {
    const found = Object.entries(mcpServers).flatMap(([name, server]) => {
      const problem = mcpServerProblem(server);
      return problem ? [{ field: `mcpServers.${name}.${problem.path}`, message: problem.message }] : [];
    });
    return found[0] ?? false; // two files name it, each a part
  },
];

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

function contradictions(file: ConfigFile): readonly Problem[] {
  const local = (file.mode ?? CONFIG_DEFAULTS.mode) === 'local-only';
  return CONTRADICTIONS.map((contradiction) => contradiction(file, local))
    .filter((found) => found !== false)
    .map((found) => ({ where: 'configuration', ...found }));
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
