import { z } from 'zod';
import { DEFAULT_LEASE_MS, RUNTIME_MODES, nameSchema } from '#contract';
import { artifactsSchema } from './artifacts-schema.js';
import { customAgentsSchema } from './custom-agents-schema.js';
import { mcpServersSchema } from './mcp-schema.js';
import { modelsSchema } from './models-schema.js';
import { gitHubCiSchema, isSecureBase, providersSchema } from '#settings';
import { executionSchema } from './execution-schema.js';

const mode = z.enum(RUNTIME_MODES);
/** Of the 64 a beat carries, the worker adds one itself: its sandbox. */
const MAX_OWN_LABELS = 63;
const port = z.int().min(0).max(65_535);

const isNetwork = (text: string): boolean =>
  z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).safeParse(text).success;

const keys = z.strictObject({
  mode: mode.optional(),
  deployment: z
    .strictObject({
      /** The same setting as `mode`; two different values are an error. */
      mode: mode.optional(),
      /** false: listen on this machine only. */
      allowRemoteSessions: z.boolean().optional(),
      /** Tasks of one tenant that run at once. @default 10 */
      maxConcurrentTasks: z.int().min(1).max(100_000).optional(),
    })
    .optional(),
  transport: z
    .strictObject({
      /** Which transport the CLI and `connect()` prefer. */
      type: z.enum(['local', 'http']).optional(),
      /** false: no network transport is opened. @default true */
      enabled: z.boolean().optional(),
    })
    .optional(),
  security: z
    .strictObject({
      /** false only in local-only mode: requests over loopback need no token. */
      requireAuth: z.boolean().optional(),
      /** As in security.yaml; the stricter wins. @default false in local-only mode, true elsewhere */
      enforceTrust: z.boolean().optional(),
      /** Roles of a new user who signs in for the first time. @default none */
      defaultRoles: z.array(nameSchema).max(32).optional(),
    })
    .optional(),
  http: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: port.optional(),
      /** Names that a proxy on this machine asks for, beside loopback's own. */
      hosts: z.array(z.string().min(1)).max(64).optional(),
      /** How browsers and devices reach the server, e.g. https://mesh.example. */
      publicUrl: z
        .string()
        .refine(
          isSecureBase,
          'must be an https address (http only on this machine), without user, query and fragment',
        )
        .optional(),
      /** Origins of other sites whose pages may call, e.g. https://console.example. */
      origins: z.array(z.url()).max(64).optional(),
      /** Addresses or networks of proxies whose X-Forwarded-For is believed: 10.0.0.1, fd00::/8. @default none */
      trustedProxies: z
        .array(z.string().refine(isNetwork, 'must be an address or a network, e.g. 10.0.0.1 or 10.0.0.0/8'))
        .max(64)
        .optional(),
    })
    .optional(),
  dataDir: z.string().min(1).optional(),
  database: z
    .strictObject({ url: z.string().min(1).optional(), poolSize: z.int().min(2).max(200).optional() })
    .optional(),
  nats: z
    .strictObject({
      url: z.string().min(1).optional(),
      user: z.string().min(1).optional(),
      /** File that holds the password. */
      passwordFile: z.string().min(1).optional(),
      /** true: speak without user and password to a broker that is not on this machine. @default false */
      allowOpen: z.boolean().optional(),
      /** JetStream file of the public events. @default EVENTS */
      stream: nameSchema.optional(),
      /** Copies in a cluster of brokers of what is made there: the public events, and artifacts. @default 1 */
      replicas: z.int().min(1).max(5).optional(),
    })
    .optional(),
  defaultAgent: nameSchema.optional(),
  agents: z.array(nameSchema).min(1).optional(),
  customAgents: customAgentsSchema.optional(),
  worker: z
    .strictObject({
      id: nameSchema.optional(),
      /** Tasks this worker runs at once. @default 10 */
      slots: z.int().min(1).max(10_000).optional(),
      labels: z.array(nameSchema).max(MAX_OWN_LABELS).optional(),
      /** Where tasks get their folders, and what they work on is cached. @default in dataDir */
      workRoot: z.string().min(1).optional(),
      /** After SIGTERM, how long running tasks may take to finish. @default 30000 */
      drainMs: z.int().min(0).optional(),
    })
    .optional(),
  artifacts: artifactsSchema.optional(),
  /** For every tenant that has no limits of its own (`coderclaw limits set`). */
  limits: z
    .strictObject({
      /** Tasks of one session that run at once. @default as many as of its tenant */
      maxConcurrentTasksPerSession: z.int().min(1).max(100_000).optional(),
      /** Tasks of one tenant that an agent runs at once, by the agent's id. @default as many as of the tenant */
      maxConcurrentTasksPerAgent: z.record(nameSchema, z.int().min(1).max(100_000)).optional(),
      /** Tasks of one tenant that wait for a worker; more are refused (429). @default 100000 */
      maxQueuedTasks: z.int().min(1).max(10_000_000).optional(),
      /** Tasks of all tenants that wait for a worker. @default 1000000 */
      maxQueuedTasksOfAll: z.int().min(1).max(10_000_000).optional(),
    })
    .optional(),
  scheduling: z.strictObject({ leaseMs: z.int().min(1_000).max(3_600_000).optional() }).optional(),
  execution: executionSchema.optional(),
  models: modelsSchema.optional(),
  mcpServers: mcpServersSchema.optional(),
  /** Who may vouch for people. */
  identity: providersSchema.optional(),
  /** Which jobs may sign in with the token of their CI. */
  ci: z.strictObject({ github: gitHubCiSchema.optional() }).optional(),
  sessions: z
    .strictObject({
      /** @default 15 */
      accessTokenMinutes: z.int().min(1).max(1440).optional(),
      /** A session that nobody refreshed for so long ends. @default 7 */
      idleDays: z.int().min(1).max(365).optional(),
      /** @default 30 */
      absoluteDays: z.int().min(1).max(365).optional(),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional() }).optional(),
});

/** `.coderClaw/runtime.yaml`. Every key has an effect; unknown ones are errors. */
export const configFileSchema = keys.refine(
  ({ mode: one, deployment: { mode: other } = {} }) => !one || !other || one === other,
  { path: ['deployment', 'mode'], message: 'mode says otherwise, and they are one setting: leave one out' },
);

export type ConfigFile = z.output<typeof configFileSchema>;

export const CONFIG_DEFAULTS = {
  mode: 'local-only',
  host: '127.0.0.1',
  port: 7411,
  maxConcurrentTasks: 10,
  maxQueuedTasks: 100_000,
  maxQueuedTasksOfAll: 1_000_000,
  defaultAgent: 'shell',
  agents: [
    'shell',
    'echo',
    'code-creator',
    'code-reviewer',
    'test-generator',
    'bug-analyzer',
    'refactor-agent',
    'documentation-agent',
    'architecture-advisor',
  ],
  slots: 10,
  drainMs: 30_000,
  leaseMs: DEFAULT_LEASE_MS,
  poolSize: 10,
  stream: 'EVENTS',
  sandbox: 'auto',
  replicas: 1,
  artifactsBucket: 'artifacts',
  tenantQuotaBytes: 10 * 1024 ** 3,
  retentionDays: 90,
  accessTokenMinutes: 15,
  idleDays: 7,
  absoluteDays: 30,
} as const;
