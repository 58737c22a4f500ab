import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RevokeDevice, SetPolicy, TrustDevice } from '#access';
import { SubmitTask } from '#commands';
import { DEFAULT_TENANT } from '#contract';
import { MeshError } from '#errors';
import { GetAudit, GetTask, GetTaskEvents } from '#read-models';
import { serve } from '#server';
import { Casting, director } from './cast.js';
import type { Caller } from './cast.js';
import { send } from './http.transport.js';
import { openBackends, startMesh } from './running-mesh.js';
import type { Backends, RunningMesh } from './running-mesh.js';

/** How long another process may take to hear of it. A remembered sign-in would last twice as long. */
const AT_ONCE = { timeout: 500, interval: 5 };

const ADMIN = director(DEFAULT_TENANT);
const TASK = { description: 'd', input: 'i', agentId: 'echo' } as const;

const get = (mesh: RunningMesh, path: string, caller: Caller) =>
  send(mesh.url, { method: 'GET', path }, caller);

const deviceOf = ({ actor: { deviceId } }: Caller): string => {
  if (deviceId === undefined) throw new MeshError('internal', 'this caller has no device');
  return deviceId;
};

const statusOf = async (mesh: RunningMesh, path: string, caller: Caller) => {
  const response = await get(mesh, path, caller);
  await response.arrayBuffer();
  return response.status;
};

describe('a device whose trust falls', () => {
  let backends: Backends;
  let here: RunningMesh;
  let elsewhere: RunningMesh;
  let casting: Casting;

  beforeAll(async () => {
    backends = await openBackends();
    [here, elsewhere] = [await startMesh(backends), await startMesh(backends)];
    casting = new Casting(here.app);
    const policy = { enforceTrust: true, minimumTrustLevel: 'verified' } as const;
    await here.gate.execute(ADMIN, new SetPolicy(policy));
  }, 120_000);
  afterAll(async () => {
    await here?.close();
    await elsewhere?.close();
    await backends?.close();
  }, 60_000);

  const aDeveloper = () =>
    casting.person({ tenant: DEFAULT_TENANT, roles: ['developer'], trust: 'verified' });

  const lower = (caller: Caller) => here.gate.execute(ADMIN, new TrustDevice(deviceOf(caller), 'untrusted'));
  const submit = async ({ actor }: Caller) => (await here.gate.execute(actor, new SubmitTask(TASK))).state.id;

  it('loses at once what needed it, in this process and in another, and keeps what is its own', async () => {
    const caller = await aDeveloper();
    for (const mesh of [here, elsewhere, here, elsewhere])
      await vi.waitFor(async () => expect(await statusOf(mesh, '/v1/tasks', caller)).toBe(200), 10_000);
    await lower(caller);
    expect(await statusOf(here, '/v1/tasks', caller)).toBe(403);
    await vi.waitFor(async () => expect(await statusOf(elsewhere, '/v1/tasks', caller)).toBe(403), AT_ONCE);
    for (const mesh of [here, elsewhere]) {
      const me = await get(mesh, '/v1/me', caller);
      expect([me.status, await me.json()]).toMatchObject([200, { trust: 'untrusted' }]);
    }
  });

  it('is let in nowhere any more when it is revoked', async () => {
    const caller = await aDeveloper();
    for (const mesh of [here, elsewhere]) expect(await statusOf(mesh, '/v1/me', caller)).toBe(200);
    await here.gate.execute(ADMIN, new RevokeDevice(deviceOf(caller)));
    expect(await statusOf(here, '/v1/me', caller)).toBe(401);
    await vi.waitFor(async () => expect(await statusOf(elsewhere, '/v1/me', caller)).toBe(401), AT_ONCE);
  });

  it('has its open streams ended, in another process too, with a last word that says why', async () => {
    const caller = await aDeveloper();
    const taskId = await submit(caller);
    const path = `/v1/tasks/${taskId}/stream`;
    const streams = await Promise.all([here, elsewhere].map((mesh) => get(mesh, path, caller)));
    const ended = Promise.all(streams.map((stream) => stream.text()));
    const fell = performance.now();
    await lower(caller);
    for (const text of await ended) expect(text).toContain('unauthenticated');
    expect(performance.now() - fell).toBeLessThan(1_000);
  });

  it('has its queued tasks given to no worker, while those of other devices run', async () => {
    const [fallen, good] = [await aDeveloper(), await aDeveloper()];
    const lost = await submit(fallen);
    await lower(fallen);
    const done = await submit(good);
    const worker = await serve({ workspace: backends.folder, roles: ['worker'] });
    try {
      const stateOf = (taskId: string, { actor }: Caller) => here.gate.query(actor, new GetTask(taskId));
      await vi.waitFor(
        async () => expect(await stateOf(done, good)).toMatchObject({ status: 'completed' }),
        20_000,
      );
      await vi.waitFor(
        async () => expect(await stateOf(lost, fallen)).toMatchObject({ status: 'failed', attempt: 0 }),
        20_000,
      );
    } finally {
      await worker.close();
    }
    const events = await here.gate.query(fallen.actor, new GetTaskEvents(lost));
    expect(events.map(({ type }) => type)).toEqual(['TaskSubmitted', 'TaskFailed']);
    const denied = { resourceId: lost, action: 'task.lease', result: 'denied' } as const;
    await vi.waitFor(async () => {
      const { entries } = await here.gate.query(ADMIN, new GetAudit(denied));
      expect(entries).toMatchObject([{ trust: 'untrusted', rule: 'tenant.minimumTrustLevel' }]);
    }, 10_000);
  });
});
