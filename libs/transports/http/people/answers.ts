import { z } from 'zod';
import type {
  CreatedSession,
  Device,
  Limits,
  MachineToken,
  MemoryEntry,
  Session,
  Tenant,
  User,
} from '#access';
import { TRUST_LEVELS } from '#contract';

/** A schema has the fields of the type it describes, no more and no fewer. */
type Fields<Type> = Readonly<Record<keyof Type, z.ZodType>>;

const time = z.iso.datetime();
const names = z.array(z.string());
const cursor = z.string().optional();

const session = z.object({
  id: z.string(),
  tenant: z.string(),
  userId: z.string(),
  deviceId: z.string().optional(),
  issuer: z.string(),
  roles: names,
  cancelOnEnd: z.boolean(),
  createdAt: time,
  lastUsedAt: time,
  expiresAt: time,
  endsAt: time,
  endedAt: time.optional(),
  endReason: z.string().optional(),
} satisfies Fields<Session>);

export const sessionPage = z.object({ sessions: z.array(session), cursor });

const tokens = z.object({
  accessToken: z.string(),
  tokenType: z.enum(['Bearer', 'DPoP']),
  expiresIn: z.int(),
  refreshToken: z.string().optional(),
  sessionId: z.string(),
  userId: z.string(),
} satisfies Fields<CreatedSession['tokens']>);

export const createdSession = z.object({ session, tokens });

export const device = z.object({
  id: z.uuid(),
  tenant: z.string(),
  userId: z.string(),
  name: z.string(),
  jkt: z.string(),
  publicJwk: z.record(z.string(), z.unknown()),
  trust: z.enum(TRUST_LEVELS),
  enrolledAt: time,
  lastSeenAt: time,
} satisfies Fields<Device>);

export const devices = z.object({ devices: z.array(device) });

const machineToken = z.object({
  id: z.uuid(),
  tenant: z.string(),
  userId: z.string(),
  name: z.string(),
  roles: names,
  scope: names.optional(),
  jkt: z.string().optional(),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.optional(),
} satisfies Fields<MachineToken>);

export const machineTokens = z.object({ tokens: z.array(machineToken) });

/** The token itself is told once. */
export const issuedToken = machineToken.extend({ token: z.string() });

export const user = z.object({
  id: z.uuid(),
  tenant: z.string(),
  name: z.string(),
  email: z.string().optional(),
  displayName: z.string().optional(),
  roles: names,
  hasPassword: z.boolean(),
  createdAt: time,
  disabledAt: time.optional(),
} satisfies Fields<User>);

export const userPage = z.object({ users: z.array(user), cursor });

export const oneTimeToken = z.object({ token: z.string(), expiresAt: time });

export const createdUser = z.object({ user, reset: oneTimeToken.optional() });

export const roles = z.object({ roles: names });

const tenant = z.object({ id: z.string(), name: z.string(), createdAt: time } satisfies Fields<Tenant>);

export const tenants = z.object({ tenants: z.array(tenant) });

export const madeTenant = z.object({ tenant, admin: user, reset: oneTimeToken });

const limit = z.int().optional();

export const limits = z.object({
  limits: z.object({
    maxConcurrentTasks: limit,
    maxConcurrentTasksPerSession: limit,
    maxConcurrentTasksPerAgent: z.record(z.string(), z.int()).optional(),
    maxQueuedTasks: limit,
    sessionWeight: limit,
    requestsPerMinute: limit,
    maxSessionsPerUser: limit,
  } satisfies Fields<Limits>),
  version: z.int(),
});

export const memoryEntry = z.object({
  key: z.string(),
  value: z.unknown(),
  version: z.int(),
  changedAt: time,
} satisfies Fields<MemoryEntry>);

export const memoryKeys = z.object({
  keys: z.array(z.object({ key: z.string(), version: z.int(), bytes: z.int(), changedAt: time })),
});

const document = z.record(z.string(), z.unknown());

export const policy = z.object({ policy: document, version: z.int(), policyHash: z.string() });

const verdict = z.object({
  allowed: z.boolean(),
  rule: z.string(),
  reason: z.string(),
  missing: names,
  policyHash: z.string(),
  needsApproval: z.boolean(),
});

const step = z.object({
  layer: z.string(),
  rule: z.string(),
  demands: z.string(),
  passed: z.boolean(),
  why: z.string().optional(),
});

export const explanation = z.object({ verdict, steps: z.array(step) });

export const nothing = '';
