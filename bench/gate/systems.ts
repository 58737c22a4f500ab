import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { CreateSession, Gate, Judge, SetPolicy, Users, uuidv7 } from '#access';
import type { Cause } from '#access';
import { SubmitTask } from '#commands';
import { DEFAULT_TENANT, SilentLogger } from '#contract';
import type { Actor, Stop } from '#contract';
import { loadConfig } from '#platform';
import type { ConfigFile } from '#platform';
import type { PolicyDocument } from '#policy';
import { createApp, openInfrastructure } from '#server';
import { startNats, startPostgres } from '#test/servers';

export const TASK = { description: 'no-op', input: 'i', agentId: 'echo' } as const;

/** The same submit in three ways, and what else is measured. */
export type Subject = Readonly<{
  judge: Judge;
  actor: Actor;
  sessionId: string;
  taskId: string;
  /** Through the gate. */
  gated: () => Promise<unknown>;
  /** To the handler, with a cause made before. */
  straight: () => Promise<unknown>;
  /** The same, with no audit record in its commit. */
  unrecorded: () => Promise<unknown>;
  close: () => Promise<void>;
}>;

export const SYSTEMS = {
  PGlite: () => openSystem({ mode: 'local-only' }, []),
  Postgres: async () => {
    const [database, nats] = await Promise.all([startPostgres(), startNats()]);
    const settings: ConfigFile = {
      mode: 'remote-enabled',
      database: { url: database.url },
      nats: { url: nats.url },
    };
    return openSystem(settings, [database.stop, nats.stop]);
  },
} as const satisfies Record<string, () => Promise<Subject>>;

export type SystemName = keyof typeof SYSTEMS;

async function openSystem(settings: ConfigFile, stops: readonly Stop[]): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-gate-'));
  const flags = { ...settings, dataDir: join(folder, 'data') };
  const config = loadConfig({ cwd: folder, env: {}, home: folder, flags });
  const infra = await openInfrastructure({ config, logger: new SilentLogger() });
  const app = await createApp(infra);
  const find = <Service>(type: abstract new (...args: never[]) => Service): Service =>
    app.get<Service>(type, { strict: false });
  const [gate, commands] = [find(Gate), find(CommandBus)];
  const actor = await somebody(gate, find(Users));
  const { state } = await gate.execute(actor, new SubmitTask(TASK));
  const judge = find(Judge);
  const causeOf = await causesOf(judge, actor);
  return {
    judge,
    actor,
    sessionId: actor.sessionId,
    taskId: state.id,
    gated: () => gate.execute(actor, new SubmitTask(TASK)),
    straight: () => commands.execute(new SubmitTask(TASK).because(causeOf(true))),
    unrecorded: () => commands.execute(new SubmitTask(TASK).because(causeOf(false))),
    close: async () => {
      await app.close();
      await infra.close();
      for (const stop of stops) await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A developer with a session, under a policy that has something to say about them. */
async function somebody(gate: Gate, users: Users): Promise<Actor> {
  const { id, name } = await users.create(DEFAULT_TENANT, { name: 'ada', roles: ['developer'] });
  const actor: Actor = {
    kind: 'user',
    id,
    userName: name,
    tenant: DEFAULT_TENANT,
    sessionId: 'none',
    roles: ['developer'],
    trust: 'verified',
    issuer: 'local',
  };
  await gate.execute({ ...actor, roles: ['admin'] }, new SetPolicy(POLICY));
  const { session } = await gate.execute(actor, new CreateSession({}, { address: '192.0.2.1' }));
  return { ...actor, sessionId: session.id };
}

const POLICY: PolicyDocument = {
  enforceTrust: true,
  minimumTrustLevel: 'verified',
  allowedRoles: ['developer', 'admin'],
  agentPolicies: [{ agentId: 'echo', allowedRoles: ['developer'], requireDeviceTrust: 'verified' }],
};

/** What the gate came to once, for all the others: new are only id and time. */
async function causesOf(judge: Judge, actor: Actor): Promise<(isRecorded: boolean) => Cause> {
  const { verdict, entry } = await judge.judge(actor, new SubmitTask(TASK));
  const made = entry('allowed');
  return (isRecorded) => {
    const [commitId, at] = [uuidv7(), new Date().toISOString()];
    return { actor, verdict, at, commitId, audit: isRecorded ? { ...made, id: commitId, at } : undefined };
  };
}
