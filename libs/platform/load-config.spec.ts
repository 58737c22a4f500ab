import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMeshError } from '#errors';
import { loadConfig } from './load-config.js';
import type { ConfigInput } from './load-config.js';

function write(base: string, text: string): void {
  mkdirSync(join(base, '.coderClaw'), { recursive: true });
  writeFileSync(join(base, '.coderClaw', 'runtime.yaml'), text);
}

describe('the configuration', () => {
  let folder: string;
  const repo = () => join(folder, 'repo');
  const home = () => join(folder, 'home');

  const load = (input: ConfigInput = {}) => loadConfig({ cwd: repo(), home: home(), env: {}, ...input });
  const refusal = (input: ConfigInput = {}) => {
    try {
      load(input);
    } catch (error) {
      if (isMeshError(error, 'invalid_request')) return error;
      throw error;
    }
    throw new Error('was not refused');
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-config-'));
    mkdirSync(join(repo(), '.git'), { recursive: true });
    mkdirSync(home(), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is a local-only runtime in the repository when nothing is said', () => {
    mkdirSync(join(repo(), 'deep', 'down'), { recursive: true });
    expect(load({ cwd: join(repo(), 'deep', 'down') })).toMatchObject({
      mode: 'local-only',
      workspace: repo(),
      dataDir: join(repo(), '.coderClaw', 'data'),
      http: { enabled: true, host: '127.0.0.1', port: 7411 },
      requireAuth: true,
      maxConcurrentTasks: 10,
      defaultAgent: 'shell',
      execution: { sandbox: 'auto' },
      worker: { id: 'local', slots: 10 },
    });
  });

  it('takes the flag before the environment, the environment before the repository, the repository before the user', () => {
    write(
      home(),
      'http: { port: 1 }\nworker: { slots: 1 }\nlog: { level: error }\nscheduling: { leaseMs: 1000 }\n',
    );
    write(repo(), 'http: { port: 2 }\nworker: { slots: 2 }\nlog: { level: debug }\n');
    const env = { CODERCLAW_PORT: '3', CODERCLAW_WORKER_SLOTS: '3' };
    expect(load({ env, flags: { http: { port: 4 } } })).toMatchObject({
      http: { port: 4 },
      worker: { slots: 3 },
      logLevel: 'debug',
      leaseMs: 1000,
    });
  });

  it('takes where artifacts are kept, how often and for how long from the environment', () => {
    const env = {
      CODERCLAW_MODE: 'remote-enabled',
      CODERCLAW_NATS_REPLICAS: '3',
      CODERCLAW_ARTIFACTS_STORE: 'jetstream',
      CODERCLAW_ARTIFACTS_BUCKET: 'mine',
      CODERCLAW_ARTIFACTS_RETENTION_DAYS: '7',
    };
    expect(load({ env })).toMatchObject({
      nats: { replicas: 3 },
      artifacts: { store: 'jetstream', bucket: 'mine', retentionDays: 7 },
    });
  });

  it('knows mode and deployment.mode as one setting', () => {
    write(repo(), 'deployment: { mode: remote-enabled }\n');
    expect(load().mode).toBe('remote-enabled');
    expect(load({ flags: { mode: 'local-only' } }).mode).toBe('local-only');
    write(repo(), 'mode: local-only\ndeployment: { mode: remote-enabled }\n');
    expect(refusal().message).toMatch(/runtime\.yaml:2:21: deployment\.mode: .*got "remote-enabled"/);
  });

  it('reports every problem at once, with line and column', () => {
    write(repo(), 'mode: remote\nhttp:\n  port: 99999\n  hots: localhost\n');
    const { details } = refusal({ env: { CODERCLAW_WORKER_SLOTS: 'many' } });
    const messages = details.problems?.map(({ message }) => message).join('\n') ?? '';
    expect(details.problems?.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['mode', 'http.port', 'http.hots', 'worker.slots']),
    );
    expect(messages).toMatch(/runtime\.yaml:1:7: /);
    expect(messages).toMatch(/runtime\.yaml:3:9: /);
    expect(messages).toMatch(/runtime\.yaml:4:9: there is no such key/);
    expect(messages).toMatch(/CODERCLAW_WORKER_SLOTS: .*got "many"/);
    expect(messages).toMatch(/got 99999/);
  });

  it('says where a file is not YAML', () => {
    write(repo(), 'mode: [local-only\n');
    expect(refusal().message).toMatch(/^\S+runtime\.yaml:\d+:\d+: .*$/);
  });

  it('shows what was there, but no password that was put where its file belongs', () => {
    write(repo(), 'worker: { id: a b }\nnats: { user: u, passwordFile: [hunter2] }\n');
    expect(refusal().message).toContain('got "a b"');
    expect(refusal().message).not.toContain('hunter2');
  });

  it.each([
    ['security: { requireAuth: false }\nmode: remote-enabled\n', 'security.requireAuth'],
    ['http: { trustedProxies: [10.0.0.0/33] }\n', 'http.trustedProxies.0'],
    ['http: { trustedProxies: [proxy.example] }\n', 'http.trustedProxies.0'],
    ['http: { host: 0.0.0.0 }\n', 'http.host'],
    ['defaultAgent: nobody\n', 'defaultAgent'],
    ['access: { tokens: [] }\n', 'access'],
    ['artifacts: { store: jetstream }\n', 'artifacts.store'],
    ['artifacts: { bucket: a_b }\n', 'artifacts.bucket'],
    ['artifacts: { retentionDays: -1 }\n', 'artifacts.retentionDays'],
    ['nats: { replicas: 0 }\n', 'nats.replicas'],
    ['execution: { shell: bare }\n', 'execution.shell'],
    ['execution: { sandbox: off }\n', 'execution.sandbox'],
    ['execution: { bwrap: bin/bwrap }\n', 'execution.bwrap'],
    ['execution: { allowedDomains: [10.0.0.1] }\n', 'execution.allowedDomains.0'],
    ['execution: { allowedDomains: ["*"] }\n', 'execution.allowedDomains.0'],
    ['execution: { limits: { processes: 1 } }\n', 'execution.limits.processes'],
    ['__proto__: { mode: local-only }\n', '__proto__'],
  ])('refuses %j and names the field', (text, field) => {
    write(repo(), text);
    expect(refusal().details.problems?.map((problem) => problem.field)).toContain(field);
  });

  it.each([
    ['transport: { enabled: false }', { http: { enabled: false } }],
    ['http: { trustedProxies: ["10.0.0.0/8", "::1"] }', { http: { trustedProxies: ['10.0.0.0/8', '::1'] } }],
    ['transport: { type: http }', { preferredTransport: 'http' }],
    ['security: { requireAuth: false }', { requireAuth: false }],
    ['deployment: { maxConcurrentTasks: 3 }', { maxConcurrentTasks: 3 }],
    [
      'mode: remote-enabled',
      { artifacts: { store: 'files', bucket: 'artifacts', retentionDays: 90 }, nats: { replicas: 1 } },
    ],
    ['mode: distributed-cluster', { artifacts: { store: 'jetstream' } }],
    [
      'mode: remote-enabled\nartifacts: { store: jetstream, bucket: mine, retentionDays: 0 }\nnats: { replicas: 3 }',
      { artifacts: { store: 'jetstream', bucket: 'mine', retentionDays: 0 }, nats: { replicas: 3 } },
    ],
    ['mode: remote-enabled\nhttp: { host: 0.0.0.0 }', { http: { host: '0.0.0.0' } }],
    [
      'limits: { maxConcurrentTasksPerSession: 2, maxConcurrentTasksPerAgent: { shell: 1 }, maxQueuedTasks: 7 }',
      {
        limits: {
          maxConcurrentTasksPerSession: 2,
          maxConcurrentTasksPerAgent: { shell: 1 },
          maxQueuedTasks: 7,
          maxQueuedTasksOfAll: 1_000_000,
        },
      },
    ],
    [
      'mode: remote-enabled\nhttp: { host: 0.0.0.0 }\ndeployment: { allowRemoteSessions: false }',
      { http: { host: '127.0.0.1' } },
    ],
    ['execution: { sandbox: none }', { execution: { sandbox: 'none' } }],
    [
      'execution: { bwrap: /opt/bwrap, allowedDomains: ["*.npmjs.org"], toolchains: [/opt/jdk], limits: { cpus: 0.5 } }',
      {
        execution: {
          sandbox: 'auto',
          bwrap: '/opt/bwrap',
          allowedDomains: ['*.npmjs.org'],
          toolchains: ['/opt/jdk'],
          limits: { cpus: 0.5 },
        },
      },
    ],
    [
      'worker: { id: w1, slots: 2, labels: [gpu], drainMs: 5 }',
      { worker: { id: 'w1', slots: 2, labels: ['gpu'], drainMs: 5 } },
    ],
    ['database: { url: "postgres://x", poolSize: 3 }', { database: { url: 'postgres://x', poolSize: 3 } }],
    [
      'nats: { url: "nats://x", user: u, passwordFile: p, stream: S }',
      { nats: { url: 'nats://x', user: 'u', passwordFile: 'p', stream: 'S' } },
    ],
    ['nats: { allowOpen: true }', { nats: { allowOpen: true } }],
    ['agents: [echo]\ndefaultAgent: echo', { agents: ['echo'], defaultAgent: 'echo' }],
    ['http: { hosts: [mesh.example] }', { http: { hosts: ['mesh.example'] } }],
    ['http: { origins: ["https://console.example"] }', { http: { origins: ['https://console.example'] } }],
    ['log: { level: silent }', { logLevel: 'silent' }],
    ['scheduling: { leaseMs: 2000 }', { leaseMs: 2000 }],
  ])('obeys %j', (text, expected) => {
    write(repo(), `${text}\n`);
    expect(load()).toMatchObject(expected);
  });
});
