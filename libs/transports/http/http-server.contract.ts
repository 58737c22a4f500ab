import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  Authenticator,
  Belongings,
  BrowserSignIn,
  DeviceCodes,
  Gate,
  JobTokens,
  OneTimeSignIn,
  Policies,
  ProofReader,
  RequestLimits,
  SessionRenewal,
  SessionWatch,
  SignIn,
  SignInCodes,
  Subjects,
  WaysIn,
} from '#access';
import type { Presented } from '#access';
import { Clock, Logger, SystemClock } from '#contract';
import type { Actor, HealthCheck } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { AgentRegistry } from '#registry';
import { MemoryBelongings, MemoryPolicies, MemorySubjects, MemoryWaysIn } from '#test/access';
import { Seen } from '#test/identity/seen';
import { keepOutput } from '#test/leaks/run-folder';
import { MemoryEventStore } from '#test/memory-event-store';
import { MemoryGate } from '#test/memory-gate';
import { HttpModule, Readiness, configureHttp, httpAdapter, listenHttp } from './index.js';

const actor = (id: string): Actor => ({
  kind: 'user',
  id,
  tenant: 'default',
  sessionId: 'default',
  roles: ['admin'],
  trust: 'trusted',
});

class Tokens extends Authenticator {
  override async authenticate({ authorization }: Presented): Promise<Actor> {
    await new Promise(setImmediate); // so that requests overlap here
    const [, name] = /^Bearer token-of-(\w+)$/.exec(authorization ?? '') ?? [];
    if (name) return actor(name);
    throw new MeshError('unauthenticated', authorization ? 'the token is unknown' : 'this needs a token');
  }
}

/** Sessions end when a test says so. */
class Sessions {
  readonly controller = new AbortController();
  alive(): Promise<AbortSignal> {
    return Promise.resolve(this.controller.signal);
  }
}

class Log extends Logger {
  override info(): void {}
  override warn(): void {}
  readonly errors: unknown[] = [];
  override error(...said: readonly unknown[]): void {
    this.errors.push(said[1]);
  }
}

@Module({})
class Globals {}

/** Nobody signs in to this server: the specs of signing in have one with tables. */
const NO_SIGN_IN = [
  ...[SignIn, SessionRenewal, OneTimeSignIn, SignInCodes, DeviceCodes, JobTokens, ProofReader].map(
    (provide) => ({
      provide,
      useValue: {},
    }),
  ),
  {
    provide: BrowserSignIn,
    useValue: new BrowserSignIn({
      providers: new Map(),
      publicUrl: 'http://localhost',
      clock: new SystemClock(),
      used: new Seen(),
    }),
  },
];

/** The HTTP server on a gate in memory, and how to call it as ann. */
export async function opened(socketPath?: string) {
  const gate = new MemoryGate();
  const log = new Log();
  const sessions = new Sessions();
  const ready = {
    checks: [{ name: 'log', healthy: true }] as HealthCheck[],
    check: () => Promise.resolve(ready.checks),
  };
  const store = new MemoryEventStore();
  const globals = [
    { provide: Logger, useValue: log },
    { provide: Authenticator, useValue: new Tokens() },
    { provide: RequestLimits, useValue: { take: () => Promise.resolve() } },
    { provide: SessionWatch, useValue: sessions },
    { provide: Readiness, useValue: ready },
    { provide: EventStore, useValue: store },
    { provide: AgentRegistry, useValue: new AgentRegistry() },
    { provide: Policies, useValue: new MemoryPolicies() },
    { provide: WaysIn, useValue: new MemoryWaysIn() },
    { provide: Belongings, useValue: new MemoryBelongings(store) },
    { provide: Subjects, useValue: new MemorySubjects({ roles: [], trust: 'untrusted' }) },
    { provide: Clock, useValue: new SystemClock() },
    ...NO_SIGN_IN,
  ];
  const module = await Test.createTestingModule({
    imports: [
      {
        module: Globals,
        global: true,
        providers: globals,
        exports: globals.map(({ provide }) => provide),
      },
      HttpModule.with({ version: '9.9.9', origins: ['https://console.example'], hosts: ['mesh.example'] }),
    ],
  })
    .overrideProvider(Gate)
    .useValue(gate)
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
  const registered: string[] = [];
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => void registered.push(`${String(method)} ${url}`));
  configureHttp(app);
  const { url, close } = await listenHttp(app, { host: '127.0.0.1', port: 0, socketPath });
  const call = async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: 'Bearer token-of-ann',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400) keepOutput('http-errors', `${text}\n`);
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as Record<string, unknown>,
    };
  };
  return { gate, log, ready, sessions, url, close, call, registered, app };
}

export type Server = Awaited<ReturnType<typeof opened>>;
export const task = { description: 'd', input: 'sleep 60' };
