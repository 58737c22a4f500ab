import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ARTIFACT_PIECE_BYTES, BusControlPlane, BusWorkerLink, subjects } from '#contract';
import type { Beat, Bus, Grant, Push, Report, SkillUse, WorkerHandlers } from '#contract';
import { MeshError } from '#errors';
import type { BusEnds } from './bus.contract.js';

const taskId = '0197a1b2-0000-7000-8000-000000000001';

const digest = `sha256:${'a'.repeat(64)}`;

const beatOf = (workerId: string): Beat => ({
  workerId,
  boot: '0197a1b2-0000-7000-8000-0000000000b0',
  free: 2,
  labels: ['linux'],
  agents: ['shell'],
  held: [[taskId, 2]],
});

const reportOf = (workerId: string): Report => ({
  workerId,
  taskId,
  epoch: 2,
  seq: 1,
  facts: [{ type: 'Output', data: { channel: 'stdout', text: 'caf\u00e9' } }],
});

const useOf = (workerId: string): SkillUse => ({ workerId, taskId, epoch: 2, skillId: 'shell-exec' });

const grant: Grant = {
  taskId,
  epoch: 2,
  attempt: 1,
  tenant: 'default',
  sessionId: 'default',
  agentId: 'shell',
  description: 'say hello',
  input: 'echo hello',
  leaseMs: 45_000,
};

const handlers = () => ({
  beat: vi.fn<WorkerHandlers['beat']>(async () => ({ ok: true, leaseMs: 45_000, fenced: [taskId] })),
  report: vi.fn<WorkerHandlers['report']>(async () => ({ result: 'accepted' })),
  useSkill: vi.fn<WorkerHandlers['useSkill']>(async () => ({ allowed: false, reason: 'denied by policy' })),
  record: vi.fn<WorkerHandlers['record']>(async () => ({ entries: [], next: 7 })),
  artifact: vi.fn<WorkerHandlers['artifact']>(async () => ({ bytes: 3, piece: 'AQID' })),
  putArtifact: vi.fn<WorkerHandlers['putArtifact']>(async () => ({ next: 3, stored: true })),
});

const refuse = () => Promise.reject(new MeshError('fenced', 'epoch 2 no longer holds this task'));

const forge = (bus: Bus, subject: string, body: unknown) => bus.request(subject, body, 5_000);

/** What the way between worker and control plane promises, on whatever bus. */
export function workerLinkContract(name: string, open: () => Promise<BusEnds>): void {
  describe(`${name}, between worker and control plane`, () => {
    let ends: BusEnds;
    let worker: string;
    let plane: BusControlPlane;
    let link: BusWorkerLink;

    beforeEach(async () => {
      ends = await open();
      worker = `w-${crypto.randomUUID()}`;
      plane = new BusControlPlane(ends.there);
      link = new BusWorkerLink(ends.here);
    });
    afterEach(() => ends.close());

    it('carries a beat, and its answer back', async () => {
      const served = handlers();
      await link.serve(served);
      expect(await plane.beat(beatOf(worker))).toEqual({ ok: true, leaseMs: 45_000, fenced: [taskId] });
      expect(served.beat.mock.calls).toEqual([[beatOf(worker)]]);
    });

    it('carries a report, and its answer back', async () => {
      const served = handlers();
      await link.serve(served);
      expect(await plane.report(reportOf(worker))).toEqual({ result: 'accepted' });
      expect(served.report.mock.calls).toEqual([[reportOf(worker)]]);
    });

    it('carries a question about a skill, and its answer back', async () => {
      const served = handlers();
      await link.serve(served);
      expect(await plane.useSkill(useOf(worker))).toEqual({ allowed: false, reason: 'denied by policy' });
      expect(served.useSkill.mock.calls).toEqual([[useOf(worker)]]);
    });

    it('carries a question about the record, and its answer back', async () => {
      const served = handlers();
      await link.serve(served);
      const asked = { workerId: worker, taskId, epoch: 2, after: 3 };
      expect(await plane.record(asked)).toEqual({ entries: [], next: 7 });
      expect(served.record.mock.calls).toEqual([[asked]]);
    });

    it('carries a piece of an archive, and one of an artifact', async () => {
      const served = handlers();
      await link.serve(served);
      const asked = { workerId: worker, taskId, epoch: 2, digest, offset: 0 };
      expect(await plane.artifact(asked)).toEqual({ bytes: 3, piece: 'AQID' });
      const put = { ...asked, bytes: 3, piece: 'AQID' };
      expect(await plane.putArtifact(put)).toEqual({ next: 3, stored: true });
      expect([...served.artifact.mock.calls, ...served.putArtifact.mock.calls]).toEqual([[asked], [put]]);
    });

    it('carries the largest piece there may be', async () => {
      const piece = Buffer.alloc(ARTIFACT_PIECE_BYTES, 1).toString('base64');
      const served = handlers();
      await link.serve({ ...served, artifact: async () => ({ bytes: ARTIFACT_PIECE_BYTES, piece }) });
      const asked = { workerId: worker, taskId, epoch: 2, digest, offset: 0 };
      expect((await plane.artifact(asked)).piece).toBe(piece);
      await plane.putArtifact({ ...asked, bytes: ARTIFACT_PIECE_BYTES, piece });
      expect(served.putArtifact.mock.calls[0]?.[0].piece).toBe(piece);
    });

    it('carries a refusal as the error it is', async () => {
      await link.serve({ ...handlers(), report: refuse });
      await expect(plane.report(reportOf(worker))).rejects.toMatchObject({ code: 'fenced' });
    });

    it('pushes grants, stops and calls for a beat to the worker they are for, in order, and to no other', async () => {
      const pushed: Push[] = [];
      const others: Push[] = [];
      await plane.onPush(worker, (push) => void pushed.push(push));
      await plane.onPush(`${worker}x`, (push) => void others.push(push));
      const stop: Push = { type: 'stop', taskId, epoch: 2, reason: 'cancelled' };
      link.push(worker, { type: 'grant', grant });
      link.push(worker, { type: 'beat' });
      link.push(worker, stop);
      link.push(`${worker}x`, { type: 'beat' });
      await vi.waitFor(() => expect([pushed.length, others.length]).toEqual([3, 1]));
      expect(pushed).toEqual([{ type: 'grant', grant }, { type: 'beat' }, stop]);
    });

    it('refuses who speaks for another worker', async () => {
      const served = handlers();
      await link.serve(served);
      await expect(forge(ends.there, subjects.beat(worker), beatOf('victim'))).rejects.toMatchObject({
        code: 'access_denied',
      });
      await expect(forge(ends.there, subjects.report(worker), reportOf('victim'))).rejects.toMatchObject({
        code: 'access_denied',
      });
      await expect(forge(ends.there, subjects.skill(worker), useOf('victim'))).rejects.toMatchObject({
        code: 'access_denied',
      });
      const record = { workerId: 'victim', taskId, epoch: 2, after: 0 };
      await expect(forge(ends.there, subjects.record(worker), record)).rejects.toMatchObject({
        code: 'access_denied',
      });
      const piece = { workerId: 'victim', taskId, epoch: 2, digest, offset: 0 };
      await expect(forge(ends.there, subjects.artifact(worker), piece)).rejects.toMatchObject({
        code: 'access_denied',
      });
      const put = { ...piece, bytes: 0, piece: '' };
      await expect(forge(ends.there, subjects.artifactPut(worker), put)).rejects.toMatchObject({
        code: 'access_denied',
      });
      expect(served.artifact).not.toHaveBeenCalled();
      expect(served.putArtifact).not.toHaveBeenCalled();
      expect(served.record).not.toHaveBeenCalled();
      expect(served.beat).not.toHaveBeenCalled();
      expect(served.report).not.toHaveBeenCalled();
      expect(served.useSkill).not.toHaveBeenCalled();
    });

    it.each([
      ['a beat with a negative credit', 'beat', { ...beatOf('w'), free: -1 }, 'free'],
      ['a beat with a field of its own', 'beat', { ...beatOf('w'), root: true }, 'root'],
      ['a report without facts', 'report', { ...reportOf('w'), facts: [] }, 'facts'],
      [
        'a report of NUL',
        'report',
        { ...reportOf('w'), facts: [{ type: 'Completed', data: { output: '\0' } }] },
        'facts.0.data.output',
      ],
      ['a report of nothing', 'report', undefined, undefined],
    ] as const)('refuses %s, and says which field', async (_what, method, body, field) => {
      const served = handlers();
      await link.serve(served);
      const asked = ends.there.request(subjects[method](worker), body, 5_000);
      await expect(asked).rejects.toMatchObject({ code: 'invalid_request', details: field ? { field } : {} });
      expect(served[method]).not.toHaveBeenCalled();
    });

    it('says unavailable where no control plane serves, or none does any more', async () => {
      await expect(plane.beat(beatOf(worker))).rejects.toMatchObject({ code: 'unavailable' });
      const stop = await link.serve(handlers());
      await plane.beat(beatOf(worker));
      await stop();
      await vi.waitFor(() =>
        expect(plane.report(reportOf(worker))).rejects.toMatchObject({ code: 'unavailable' }),
      );
    });

    it('tells nothing to a worker who has stopped listening', async () => {
      const pushed: Push[] = [];
      const stop = await plane.onPush(worker, (push) => void pushed.push(push));
      const still: Push[] = [];
      await plane.onPush(worker, (push) => void still.push(push));
      await stop();
      link.push(worker, { type: 'beat' });
      await vi.waitFor(() => expect(still).toHaveLength(1));
      expect(pushed).toEqual([]);
    });
  });
}
