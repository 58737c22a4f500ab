import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LeapingClock } from '#test/leaping-clock';
import { actor, developer, openGate, scheduler, worker } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';
import {
  DownloadArtifact,
  GrantLease,
  PutArtifact,
  PutArtifactPiece,
  ReadArtifactPiece,
  ReportWork,
} from './index.js';

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const base64 = (content: string) => Buffer.from(content).toString('base64');
const stranger = actor(['developer'], { id: 'eve', tenant: 'elsewhere' });

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'was not refused',
    ({ code, details }: { code: string; details: { field?: string } }) => [code, details.field],
  );

describe('artifacts behind the gate', () => {
  const clock = new LeapingClock();
  let at: OpenedGate;
  beforeAll(async () => {
    at = await openGate([], clock);
  }, 60_000);
  afterAll(() => at?.close());

  const put = async (content: string, by = developer) =>
    (await at.gate.execute(by, new PutArtifact(Readable.from([Buffer.from(content)])))).digest;
  const held = async (taskId: string) =>
    (await at.gate.execute(scheduler, new GrantLease(taskId, 'w', 60_000))).epoch;
  it('are recorded before they are kept, and need task:submit', async () => {
    const digest = await put('recorded');
    expect(await at.lastAudit()).toMatchObject({ action: 'artifact.put', result: 'allowed' });
    expect(await at.artifacts.sizeOf('here', digest)).toBe(8);
    expect(await at.refusal(actor(['readonly']), new PutArtifact(Readable.from([])))).toBe('access_denied');
  });

  it('are named by a submit only if they are there, and the tenant’s own', async () => {
    const archive = await put('an archive');
    const theirs = await put('theirs', stranger);
    const taskId = await at.submit({ workspace: { archive } });
    expect((await at.store.load(taskId))?.task.workspace).toEqual({ archive });
    const missing = ['invalid_request', 'workspace.archive'];
    expect(await failure(at.submit({ workspace: { archive: theirs } }))).toEqual(missing);
    expect(await failure(at.submit({ workspace: { archive: digestOf('never put') } }))).toEqual(missing);
  });

  it('stand beside repositories, which the policy must allow', async () => {
    const repository = 'https://github.com/acme/app';
    const denied = ['access_denied', 'workspace.repository'];
    expect(await failure(at.submit({ workspace: { repository } }))).toEqual(denied);
    at.policies.set({ workspaces: { repositories: ['https://github.com/acme/*'] } });
    const taskId = await at.submit({ workspace: { repository, ref: 'main' } });
    expect((await at.store.load(taskId))?.task.workspace).toEqual({ repository, ref: 'main' });
    const forged = { repository: 'ext::sh -c whoami' };
    expect(await failure(at.submit({ workspace: forged }))).toEqual([
      'invalid_request',
      'workspace.repository',
    ]);
    at.policies.set({});
  });

  it('stand beside repositories that the policy still allows when a worker is to get the task', async () => {
    const repository = 'https://github.com/acme/app';
    at.policies.set({ workspaces: { repositories: ['https://github.com/**'] } });
    const narrowed = await at.submit({ workspace: { repository } });
    const kept = await at.submit({ workspace: { repository: 'https://github.com/other/app' } });
    at.policies.set({ workspaces: { repositories: ['https://github.com/other/*'] } });
    expect(await held(kept)).toBeGreaterThan(0);
    expect(await at.refusal(scheduler, new GrantLease(narrowed, 'w', 60_000))).toBe('access_denied');
    at.policies.set({});
    const why = 'workspace.repository: the policy does not allow this repository (workspaces.repositories)';
    const { status, error } = (await at.store.load(narrowed))?.task ?? {};
    expect({ status, error }).toEqual({ status: 'failed', error: `not allowed any more: ${why}` });
    expect(await at.lastAudit()).toMatchObject({
      userId: 'ada',
      action: 'task.lease',
      result: 'denied',
      resourceId: narrowed,
      rule: 'workspaces.repositories',
      reason: why,
    });
  });

  it('reach the worker that holds the task that works on them, and no other', async () => {
    const digest = await put('for the worker');
    const taskId = await at.submit({ workspace: { archive: digest } });
    const epoch = await held(taskId);
    const ask = (more: object = {}) =>
      at.gate.query(
        worker,
        new ReadArtifactPiece({ workerId: 'w', taskId, epoch, digest, offset: 0, ...more }),
      );
    expect(await ask()).toEqual({ bytes: 14, piece: base64('for the worker') });
    expect(await ask({ offset: 4 })).toEqual({ bytes: 14, piece: base64('the worker') });
    expect(await failure(ask({ epoch: epoch - 1 }))).toEqual(['fenced', undefined]);
    expect(await failure(ask({ workerId: 'other' }))).toEqual(['fenced', undefined]);
    expect(await failure(ask({ digest: await put('another task’s') }))).toEqual(['not_found', undefined]);
  });

  it('come from the worker that holds the task, before its last word names them', async () => {
    const taskId = await at.submit();
    const epoch = await held(taskId);
    const content = 'what was left';
    const digest = digestOf(content);
    const lease = { workerId: 'w', taskId, epoch };
    const piece = { ...lease, digest, bytes: content.length, offset: 0, piece: base64(content) };
    const artifacts = [{ name: 'left.txt', digest, bytes: content.length }];
    const facts = [
      { type: 'Started', data: {} },
      { type: 'Completed', data: { output: '', artifacts } },
    ] as const;
    const report = () => at.gate.execute(worker, new ReportWork({ ...lease, seq: 1, facts }));
    expect(await failure(report())).toEqual(['invalid_request', 'artifacts']);
    const late = new PutArtifactPiece({ ...piece, epoch: epoch - 1 });
    expect(await at.refusal(worker, late)).toBe('fenced');
    expect(await at.gate.execute(worker, new PutArtifactPiece(piece))).toEqual({ next: 13, stored: true });
    await report();
    const { bytes, content: kept } = await at.gate.query(developer, new DownloadArtifact(taskId, 'left.txt'));
    expect([bytes, Buffer.concat(await Readable.from(kept).toArray()).toString()]).toEqual([13, content]);
    const nothing = at.gate.query(developer, new DownloadArtifact(taskId, 'right.txt'));
    expect(await failure(nothing)).toEqual(['not_found', 'name']);
    const hidden = at.gate.query(stranger, new DownloadArtifact(taskId, 'left.txt'));
    expect(await failure(hidden)).toEqual(['not_found', undefined]);
    expect(await at.refusal(worker, new PutArtifactPiece({ ...piece, digest: digestOf('x') }))).toBe(
      'fenced',
    );
  });

  it('are told to be removed when they are, stay in the task, and cannot be named any more', async () => {
    const digest = await put('an archive of long ago');
    const taskId = await at.submit({ workspace: { archive: digest } });
    const lease = { workerId: 'w', taskId, epoch: await held(taskId) };
    const content = 'left long ago';
    const left = { digest: digestOf(content), bytes: content.length };
    await at.gate.execute(
      worker,
      new PutArtifactPiece({ ...lease, ...left, offset: 0, piece: base64(content) }),
    );
    const artifacts = [{ name: 'left.txt', ...left }];
    const facts = [
      { type: 'Started', data: {} },
      { type: 'Completed', data: { output: '', artifacts } },
    ] as const;
    await at.gate.execute(worker, new ReportWork({ ...lease, seq: 1, facts }));
    clock.pass(91);
    await put('of today');
    for await (const unused of at.artifacts.unusedSince(clock.daysAgo(90))) await unused.remove();
    const download = at.gate.query(developer, new DownloadArtifact(taskId, 'left.txt'));
    await expect(download).rejects.toMatchObject({
      code: 'not_found',
      message: 'artifact "left.txt" was removed after 90 days',
    });
    expect((await at.store.load(taskId))?.task.artifacts).toEqual(artifacts);
    const again = at.submit({ workspace: { archive: digest } });
    await expect(again).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'workspace.archive', hint: expect.stringContaining('again') as string },
    });
    expect(await at.artifacts.sizeOf('here', digestOf('of today'))).toBe(8);
  });

  it('are not removed that a submit or a report has named within the days', async () => {
    const digest = await put('named again');
    clock.pass(60);
    await at.submit({ workspace: { archive: digest } });
    clock.pass(60);
    const old: string[] = [];
    for await (const unused of at.artifacts.unusedSince(clock.daysAgo(90))) old.push(unused.digest);
    expect(old).not.toContain(digest);
  });
});
