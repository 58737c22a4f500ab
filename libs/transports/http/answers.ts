import { z } from 'zod';
import type { Me } from '#access';
import type { StoredArtifact } from '#artifacts';
import type {
  AgentInfo,
  AuditEntry,
  RuntimeStatus,
  SkillInfo,
  TaskHistoryEvent,
  TaskState,
  WorkerInfo,
} from '#contract';
import { RUNTIME_MODES, TRUST_LEVELS } from '#contract';
import { ERROR_CODES } from '#errors';
import { PERMISSIONS } from '#policy';
import { TASK_STATUSES } from '#task';
import type { Problem } from './wire.js';

/** Answers, as the reference documents them: a schema has the fields of the type it describes, no more and no fewer. */
export type Fields<Type> = Readonly<Record<keyof Type, z.ZodType>>;

const time = z.iso.datetime();
const json = z.record(z.string(), z.unknown());

export const task = z.object({
  id: z.uuid(),
  status: z.enum(TASK_STATUSES),
  version: z.int(),
  ownerId: z.string(),
  sessionId: z.string().optional(),
  agentId: z.string().optional(),
  description: z.string(),
  input: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
  progress: z.number().min(0).max(100).optional(),
  model: z.string().optional(),
  thinking: z.string().optional(),
  parentTaskId: z.uuid().optional(),
  priority: z.int(),
  attempt: z.int(),
  waiting: z
    .object({
      kind: z.enum(['input', 'approval', 'paused']),
      prompt: z.string(),
      key: z.string().optional(),
      skillId: z.string().optional(),
      expiresAt: time.optional(),
    })
    .optional(),
  retryAt: time.optional(),
  queue: z.object({ position: z.int(), waitingFor: z.string().optional() }).optional(),
  retryOf: z.uuid().optional(),
  createdAt: time,
  startedAt: time.optional(),
  updatedAt: time,
  completedAt: time.optional(),
  metadata: json.optional(),
  artifacts: z.array(z.object({ name: z.string(), digest: z.string(), bytes: z.int() })),
  usage: z.object({ inputTokens: z.int(), outputTokens: z.int(), costUsd: z.number() }).optional(),
} satisfies Fields<TaskState>);

export const taskPage = z.object({ tasks: z.array(task), cursor: z.string().optional() });

export const artifact = z.object({ digest: z.string(), bytes: z.int() } satisfies Fields<StoredArtifact>);

const event = z.object({
  taskId: z.uuid(),
  version: z.int(),
  type: z.string(),
  event: z.string(),
  timestamp: time,
  message: z.string(),
  actor: z.string(),
  data: json,
  attempt: z.int().optional(),
} satisfies Fields<TaskHistoryEvent>);

export const events = z.object({ events: z.array(event) });

export const replay = z.object({ state: task, events: z.array(event) });

const agent = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  capabilities: z.array(z.string()),
  model: z.string().optional(),
  thinking: z.string().optional(),
} satisfies Fields<AgentInfo>);

export const agents = z.object({ agents: z.array(agent) });

const skill = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  version: z.string(),
  enabled: z.boolean(),
  dangerous: z.boolean(),
  integrity: z.string().optional(),
  source: z.string().optional(),
} satisfies Fields<SkillInfo>);

export const skills = z.object({ skills: z.array(skill) });

const worker = z.object({
  id: z.string(),
  agents: z.array(z.string()),
  labels: z.array(z.string()),
  free: z.int(),
  held: z.int(),
  lastBeatAt: time,
  connected: z.boolean(),
} satisfies Fields<WorkerInfo>);

export const workers = z.object({ workers: z.array(worker) });

const check = z.object({ name: z.string(), healthy: z.boolean(), detail: z.string().optional() });

export const status = z.object({
  version: z.string(),
  uptime: z.number(),
  activeTasks: z.int(),
  totalTasks: z.int(),
  mode: z.enum(RUNTIME_MODES),
  healthy: z.boolean(),
  workers: z.int().optional(),
  queueDepth: z.int(),
  projectionLag: z.int().optional(),
  checks: z.array(check),
} satisfies Fields<RuntimeStatus>);

export const me = z.object({
  userId: z.string(),
  userName: z.string().optional(),
  issuer: z.string().optional(),
  roles: z.array(z.string()),
  permissions: z.array(z.enum(PERMISSIONS)),
  trust: z.enum(TRUST_LEVELS),
  tenant: z.string(),
  sessionId: z.string(),
  deviceId: z.string().optional(),
  via: z.enum(['socket', 'network']),
} satisfies Fields<Me & { via: string }>);

const auditEntry = z.object({
  id: z.uuid(),
  tenant: z.string(),
  at: time,
  actorKind: z.enum(['user', 'worker', 'system']),
  userId: z.string(),
  issuer: z.string().optional(),
  userName: z.string().optional(),
  sessionId: z.string(),
  deviceId: z.string().optional(),
  address: z.string().optional(),
  trust: z.string(),
  roles: z.array(z.string()),
  action: z.string(),
  resourceType: z.string(),
  resourceId: z.string(),
  result: z.enum(['allowed', 'denied', 'refused']),
  reason: z.string(),
  rule: z.string(),
  policyHash: z.string().optional(),
  argumentsHash: z.string().optional(),
  traceId: z.string().optional(),
} satisfies Fields<AuditEntry>);

export const auditPage = z.object({ entries: z.array(auditEntry), cursor: z.string().optional() });
export const projections = z.object({ projections: z.array(json) });
export const accepted = z.object({ name: z.string(), rebuilding: z.literal(true) });
export const health = z.object({ healthy: z.boolean(), checks: z.array(check) });
export const document = json;

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(ERROR_CODES),
  instance: z.string().optional(),
  field: z.string().optional(),
  hint: z.string().optional(),
  rule: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
} satisfies Fields<Problem>);
