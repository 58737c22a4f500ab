import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { aDeployment, eventually, fetchAs, newMember, send } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';

const POLICY = `skillPolicies:
  - { skillId: shell-exec, dangerous: true, requiresApproval: true, approval: { notSubmitter: true } }
`;

describe('what waits, when everything is killed and started again', () => {
  let deployment: Deployment;
  let running: readonly Started[];
  let client: HTTPTransportAdapter;
  const start = async () => {
    const server = await deployment.start({ roles: 'api,projector', ...portOf(running?.[0]) });
    running = [server, await deployment.start({ roles: 'worker' })];
    client = await deployment.client(server.port);
    return server;
  };
  const killEverything = () => Promise.all(running.map((process) => process.kill()));
  const statusIs = (id: string, status: string) =>
    eventually(
      `it is ${status}`,
      async () => {
        const state = await client.getTaskState(id);
        return state?.status === status && state;
      },
      60_000,
    );

  beforeAll(async () => {
    deployment = await aDeployment('remote-enabled', { env: { CODERCLAW_LEASE_MS: '3000' } });
  }, 120_000);
  afterAll(() => deployment?.close(), 60_000);

  it('a deadline fires within a second of its time, or of the start', async () => {
    await start();
    const timeoutMs = 12_000;
    const { id } = await client.submitTask({ description: 'too long', input: 'sleep 300', timeoutMs });
    await statusIs(id, 'running');
    await killEverything();
    await start();
    const startedAt = Date.now();
    const granted = await client.getTaskEvents(id);
    const since = granted.find(({ type }) => type === 'LeaseGranted')?.timestamp ?? '';
    const dueAt = Date.parse(since) + timeoutMs;
    const state = await statusIs(id, 'failed');
    expect(state.error).toBe('timed out after 12000 ms');
    const firedAt = Date.parse(state.completedAt ?? '');
    expect(firedAt).toBeGreaterThanOrEqual(dueAt);
    expect(firedAt).toBeLessThan(Math.max(dueAt, startedAt) + 1_000);
  }, 180_000);

  it('an approval is asked for during the run, waits, is for somebody else to give, and the task goes on', async () => {
    await killEverything();
    await writeFile(join(deployment.folder, '.coderClaw', 'security.yaml'), POLICY);
    const { url } = await start();
    const admin = await deployment.admin();
    const file = join(deployment.folder, 'ran');
    const member = await newMember(url, admin, ['developer', 'admin']);
    const ask = { description: 'dangerous', input: `echo ran >> ${file}`, agentId: 'shell' };
    const { id } = await send<{ id: string }>(member, ['POST', `${url}/v1/tasks`], ask);
    const waiting = await statusIs(id, 'waiting');
    expect(waiting.waiting).toMatchObject({ kind: 'approval', skillId: 'shell-exec' });
    expect(existsSync(file)).toBe(false);

    await killEverything();
    await start();
    expect(await client.getTaskState(id)).toEqual(waiting);
    const answer = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"approved":true}',
    };
    expect((await fetchAs(member, `${url}/v1/tasks/${id}/resume`, answer)).status).toBe(403);
    expect(await denials(url, id)).toMatchObject([
      { userId: member.userId, rule: 'repository.skillPolicies[shell-exec].approval.notSubmitter' },
    ]);
    await client.resumeTask(id, { approved: true });
    expect(await statusIs(id, 'completed')).toMatchObject({ attempt: 2 });
    expect(readFileSync(file, 'utf8')).toBe('ran\n');
  }, 180_000);

  async function denials(url: string, taskId: string): Promise<readonly unknown[]> {
    const query = new URLSearchParams({ action: 'task.approve', result: 'denied', resourceId: taskId });
    const read = async () => {
      const answer = await deployment.fetch(`${url}/v1/audit?${query.toString()}`);
      return ((await answer.json()) as { entries: readonly unknown[] }).entries;
    };
    return eventually('the denial is in the trail', async () => {
      const entries = await read();
      return entries.length > 0 && entries;
    });
  }
});

const portOf = (process: Started | undefined) => (process ? { port: process.port } : {});
