import type { Permission } from '#policy';
import type { Kind } from './sight.table.js';

/** What a route takes. Written from contract.md §3 and security.md; never from what the code does. */
export type Row = Readonly<{
  /** `METHOD /path`; after a `#`, in which of several ways it is asked. */
  route: string;
  /** All of them; none: anybody who is signed in, about what is theirs. */
  needs: readonly Permission[] | 'no sign-in';
  /** The thing that the request names. */
  of?: Kind;
  /** Touches all tenants: only for those of the default one. */
  operators?: true;
  /** What a machine's token may not do even for its owner, or only to itself. */
  machines?: 'refused' | 'itself';
  /** The agent it has work. */
  invokes?: 'echo' | 'shell';
  /** Asked with a session that is not needed afterwards. */
  endsItsSession?: true;
  /** Who may is told that the thing is in no state for it. */
  answers?: 'conflict';
}>;

const SUBMIT: readonly Permission[] = ['task:submit', 'agent:invoke'];

export const ROWS: readonly Row[] = [
  // Tasks
  { route: 'POST /v1/tasks', needs: SUBMIT, invokes: 'echo' },
  { route: 'POST /v1/tasks#into a session', needs: SUBMIT, invokes: 'echo', of: 'context' },
  { route: 'POST /v1/tasks#under a parent', needs: SUBMIT, invokes: 'echo', of: 'task' },
  { route: 'POST /v1/tasks#for the shell', needs: SUBMIT, invokes: 'shell' },
  { route: 'GET /v1/tasks', needs: ['task:read'] },
  { route: 'GET /v1/tasks/:id', needs: ['task:read'], of: 'task' },
  { route: 'GET /v1/tasks/:id/events', needs: ['task:read'], of: 'task' },
  { route: 'GET /v1/tasks/:id/stream', needs: ['task:read'], of: 'task' },
  { route: 'GET /v1/tasks/:id/replay', needs: ['task:read'], of: 'task' },
  { route: 'POST /v1/tasks/:id/cancel', needs: ['task:cancel'], of: 'task' },
  { route: 'POST /v1/tasks/:id/pause', needs: ['task:cancel'], of: 'task', answers: 'conflict' },
  { route: 'POST /v1/tasks/:id/resume', needs: ['task:submit'], of: 'task', answers: 'conflict' },
  { route: 'POST /v1/tasks/:id/resume#approving', needs: ['task:approve'], of: 'approval' },
  { route: 'POST /v1/artifacts', needs: ['task:submit'] },
  { route: 'GET /v1/tasks/:id/artifacts/:name', needs: ['task:read'], of: 'artifact' },

  // What was given up
  { route: 'GET /v1/dead-letters', needs: ['task:submit'] },
  { route: 'POST /v1/dead-letters/:id/requeue', needs: ['task:submit'], of: 'task', answers: 'conflict' },

  // Schedules
  { route: 'GET /v1/schedules', needs: ['task:submit'] },
  { route: 'POST /v1/schedules', needs: SUBMIT, invokes: 'echo', machines: 'refused' },
  { route: 'GET /v1/schedules/:id', needs: ['task:submit'], of: 'schedule' },
  { route: 'DELETE /v1/schedules/:id', needs: ['task:submit'], of: 'schedule' },

  // Discovery
  { route: 'GET /v1/agents', needs: [] },
  { route: 'GET /v1/skills', needs: [] },
  { route: 'GET /v1/workers', needs: [], operators: true },
  { route: 'GET /v1/status', needs: [] },
  { route: 'GET /v1/me', needs: [] },

  // Sessions and what they remember
  { route: 'POST /v1/auth/logout', needs: [], machines: 'refused', endsItsSession: true },
  { route: 'GET /v1/sessions', needs: [] },
  { route: 'GET /v1/sessions#all', needs: ['session:manage'] },
  { route: 'GET /v1/sessions#of somebody', needs: ['session:manage'] },
  { route: 'POST /v1/sessions', needs: [], machines: 'refused' },
  { route: 'DELETE /v1/sessions/:id', needs: [], of: 'session', machines: 'itself' },
  { route: 'GET /v1/sessions/:id/memory', needs: [], of: 'memory' },
  { route: 'GET /v1/sessions/:id/memory/:key', needs: [], of: 'memory' },
  { route: 'PUT /v1/sessions/:id/memory/:key', needs: [], of: 'memory' },
  { route: 'DELETE /v1/sessions/:id/memory/:key', needs: [], of: 'memory' },

  // Devices and tokens
  { route: 'GET /v1/devices', needs: [] },
  { route: 'POST /v1/devices', needs: [], machines: 'refused' },
  { route: 'POST /v1/devices/:id/trust', needs: ['admin:all'], of: 'device' },
  { route: 'DELETE /v1/devices/:id', needs: [], of: 'device', machines: 'refused' },
  { route: 'GET /v1/tokens', needs: [] },
  { route: 'POST /v1/tokens', needs: [], machines: 'refused' },
  { route: 'DELETE /v1/tokens/:id', needs: [], of: 'token', machines: 'itself' },

  // People, tenants, limits
  { route: 'GET /v1/users', needs: ['admin:all'] },
  { route: 'POST /v1/users', needs: ['admin:all'] },
  { route: 'GET /v1/users/:id', needs: ['admin:all'], of: 'user' },
  { route: 'PATCH /v1/users/:id', needs: ['admin:all'], of: 'user' },
  { route: 'GET /v1/users/:id/roles', needs: [], of: 'user' },
  { route: 'PUT /v1/users/:id/roles', needs: ['admin:all'], of: 'user' },
  { route: 'POST /v1/users/:id/password-reset', needs: ['admin:all'], of: 'user' },
  { route: 'GET /v1/tenants', needs: ['admin:all'], operators: true },
  { route: 'POST /v1/tenants', needs: ['admin:all'], operators: true },
  { route: 'GET /v1/limits', needs: ['admin:all'] },
  { route: 'PUT /v1/limits', needs: ['admin:all'] },

  // Policy, audit, operation
  { route: 'GET /v1/policy', needs: ['config:read'] },
  { route: 'PUT /v1/policy', needs: ['config:write'] },
  { route: 'POST /v1/policy/check', needs: ['config:read'] },
  { route: 'GET /v1/audit', needs: ['audit:read'] },
  { route: 'GET /v1/audit#of the own session', needs: [] },
  { route: 'GET /v1/audit#of another session', needs: ['audit:read'] },
  { route: 'GET /v1/audit/export', needs: ['audit:read'] },
  { route: 'GET /v1/projections', needs: ['config:read'], operators: true },
  { route: 'POST /v1/projections/:name/rebuild', needs: ['config:write'], operators: true },
  { route: 'GET /metrics', needs: [], operators: true },
  { route: 'GET /healthz', needs: 'no sign-in' },
  { route: 'GET /readyz', needs: 'no sign-in' },
  { route: 'GET /openapi.json', needs: 'no sign-in' },
  { route: 'GET /docs', needs: 'no sign-in' },
];

/** How one comes in. No role and no trust opens these; what does is in their own specs. */
export const SIGN_INS: readonly string[] = [
  'POST /v1/auth/local',
  'POST /v1/auth/setup',
  'POST /v1/auth/refresh',
  'POST /v1/auth/password',
  'POST /v1/auth/ci/github',
  'POST /v1/auth/device-code',
  'POST /v1/auth/token',
  'GET /v1/auth/device',
  'POST /v1/auth/device',
  ...['oidc', 'google', 'github'].flatMap((kind) => [
    `GET /v1/auth/${kind}`,
    `GET /v1/auth/${kind}/callback`,
  ]),
];

/** Of which route each method of the runtime is the same request, and so takes the same. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  submitTask: [
    'POST /v1/tasks',
    'POST /v1/tasks#into a session',
    'POST /v1/tasks#under a parent',
    'POST /v1/tasks#for the shell',
  ],
  listTasks: ['GET /v1/tasks'],
  getTaskState: ['GET /v1/tasks/:id'],
  getTaskEvents: ['GET /v1/tasks/:id/events'],
  streamTaskUpdates: ['GET /v1/tasks/:id/stream'],
  cancelTask: ['POST /v1/tasks/:id/cancel'],
  pauseTask: ['POST /v1/tasks/:id/pause'],
  resumeTask: ['POST /v1/tasks/:id/resume', 'POST /v1/tasks/:id/resume#approving'],
  listAgents: ['GET /v1/agents'],
  listSkills: ['GET /v1/skills'],
  getStatus: ['GET /v1/status'],
};
