import { generateDeviceKey } from '#contract/dpop';
import type { DeviceKey } from '#contract/dpop';
import type { PolicyDocument } from '#policy';
import type { Caller } from './cast.js';
import type { Target } from './things.js';

/** One request, but for who sends it. */
export type HttpRequest = Readonly<{
  method: string;
  path: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** A key that is shown besides a bearer token. */
  signedBy?: DeviceKey | undefined;
}>;

/** What requests say that is of no consequence to who may send them. */
export type Wishes = Readonly<{
  /** What the policy is, and remains. */
  policy: () => PolicyDocument;
  /** Another user of the caller's tenant. */
  neighbourOf: (caller: Caller) => Caller;
}>;

type Asked = Readonly<{ caller: Caller | null; target: Target; wishes: Wishes }>;
type Rest = Omit<HttpRequest, 'method' | 'path'> & Readonly<{ query?: string }>;

const TASK = { description: 'd', input: 'i', agentId: 'echo' } as const;
const YEARLY = { name: 'yearly', cron: '0 0 1 1 *', task: TASK } as const;
const unique = () => `n${crypto.randomUUID()}`;
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** What goes with a route besides its address; nothing for those that are left out. */
const RESTS: Readonly<Record<string, (asked: Asked) => Rest | Promise<Rest>>> = {
  'POST /v1/tasks': () => ({ body: TASK }),
  'POST /v1/tasks#into a session': ({ target }) => ({ body: { ...TASK, sessionId: target.id } }),
  'POST /v1/tasks#under a parent': ({ target }) => ({ body: { ...TASK, parentTaskId: target.id } }),
  'POST /v1/tasks#for the shell': () => ({ body: { ...TASK, agentId: 'shell' } }),
  'POST /v1/schedules': () => ({ body: YEARLY }),
  'POST /v1/tasks/:id/cancel': () => ({ body: {} }),
  'POST /v1/tasks/:id/pause': () => ({ body: {} }),
  'POST /v1/tasks/:id/resume': () => ({ body: {} }),
  'POST /v1/tasks/:id/resume#approving': () => ({ body: { approved: true } }),
  'POST /v1/artifacts': () => ({
    body: 'a workspace',
    headers: { 'content-type': 'application/octet-stream' },
  }),
  'GET /v1/sessions#all': () => ({ query: 'all=true' }),
  'GET /v1/sessions#of somebody': ({ caller, wishes }) => ({
    query: `userId=${caller ? wishes.neighbourOf(caller).actor.id : crypto.randomUUID()}`,
  }),
  'POST /v1/sessions': () => ({ body: {} }),
  'PUT /v1/sessions/:id/memory/:key': () => ({ body: { value: 1 } }),
  'POST /v1/devices': async ({ caller }) => {
    const signedBy = caller?.key ?? (await generateDeviceKey());
    return { body: { name: 'a laptop', jwk: signedBy.publicJwk }, signedBy };
  },
  'POST /v1/devices/:id/trust': () => ({ body: { trust: 'untrusted' } }),
  'POST /v1/tokens': () => ({ body: { name: 'a job', roles: [], expiresAt: inAnHour() } }),
  'POST /v1/users': () => ({ body: { name: unique(), roles: [] } }),
  'PATCH /v1/users/:id': () => ({ body: { displayName: 'Somebody' } }),
  'PUT /v1/users/:id/roles': ({ caller, target, wishes }) => ({
    body: { roles: rolesOf(target, caller, wishes) },
  }),
  'POST /v1/tenants': () => ({ body: { id: unique(), admin: { name: unique() } } }),
  'PUT /v1/limits': () => ({ body: {} }),
  'PUT /v1/policy': ({ wishes }) => ({ body: wishes.policy() }),
  'POST /v1/policy/check': () => ({ body: { permissions: ['task:read'] } }),
  'GET /v1/audit#of the own session': ({ caller }) => ({
    query: `sessionId=${caller?.actor.sessionId ?? 'none'}`,
  }),
  'GET /v1/audit#of another session': ({ caller }) => ({ query: `sessionId=${caller?.siblingId ?? 'none'}` }),
};

/** How a row of the table is asked for. */
export async function requestOf(route: string, asked: Asked): Promise<HttpRequest> {
  const [address = ''] = route.split('#');
  const [method = '', pattern = ''] = address.split(' ');
  const { query, ...rest } = (await RESTS[route]?.(asked)) ?? {};
  const path = pattern
    .replace(':id', asked.target.id)
    .replace(':key', asked.target.key ?? 'note')
    .replace(':name', pattern.includes('/artifacts/') ? 'left.txt' : 'audit_trail');
  return { method, path: query === undefined ? path : `${path}?${query}`, ...rest };
}

/** The roles they have already: an asker must not change who asks next. */
function rolesOf({ id }: Target, caller: Caller | null, { neighbourOf }: Wishes): readonly string[] {
  if (!caller) return [];
  return id === caller.actor.id ? caller.roles : neighbourOf(caller).roles;
}
