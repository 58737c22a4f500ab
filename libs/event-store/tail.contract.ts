import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN } from '#contract';
import type { AuditEntry, Cursor } from '#contract';
import { settled } from '#test/settled';
import type { EventStore, LoggedCommit } from './event-store.js';
import { auditEntry, commitOn, drain, newTask, said, submitted } from './samples.contract.js';
import type { OpenedStore } from './samples.contract.js';

/** Where the log stands, with all that earlier tests wrote. */
async function headOf(store: EventStore): Promise<Cursor> {
  await settled(store);
  return (await store.head(ORIGIN)).cursor;
}

/** What those who follow the log and the queue are promised. */
export function tailContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, followed`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterAll(() => opened?.close());

    it('loses nothing in its tail while writers race with a reader who polls', async () => {
      const from = await headOf(store);
      const read: LoggedCommit[] = [];
      let writing = true;
      const reader = (async () => {
        for (let after = from; ;) {
          const wasWriting = writing;
          const page = await store.tail(after, 20);
          read.push(...page);
          after = page.at(-1)?.cursor ?? after;
          if (!wasWriting && page.length === 0) return;
        }
      })();
      const writer = async (): Promise<string[]> => {
        const ids: string[] = [];
        for (let i = 0; i < 40; i++) {
          const batch = Array.from({ length: 1 + (i % 4) }, () => commitOn(newTask(), [submitted]));
          for (const { commitId } of await Promise.all(batch.map((commit) => store.append(commit))))
            ids.push(commitId);
        }
        return ids;
      };
      const written = (await Promise.all(Array.from({ length: 8 }, writer))).flat();
      await settled(store);
      writing = false;
      await reader;
      expect(read.map(({ commitId }) => commitId).toSorted()).toEqual(written.toSorted());
      expect((await drain(store, from)).map(({ cursor }) => cursor)).toEqual(
        read.map(({ cursor }) => cursor),
      );
    });

    it('stalls its tail while an older transaction is under way, and loses nothing of it', async (context) => {
      if (!opened.holdXid) return context.skip('there is one connection: nothing can be under way beside it');
      const from = await headOf(store);
      const release = await opened.holdXid();
      const stored = await store.append(commitOn(newTask(), [submitted]));
      expect(await store.tail(from, 10)).toEqual([]);
      expect(await store.head(from)).toEqual({ cursor: from, behind: 1 });
      await release();
      expect((await drain(store, from)).map(({ commitId }) => commitId)).toEqual([stored.commitId]);
      expect(await store.head(from)).toMatchObject({ behind: 1 });
    });

    it('tails events with their ids, versions and session, those of a commit together', async () => {
      const from = await headOf(store);
      const { taskId, commitId } = await store.append(commitOn(newTask(), [submitted, said('1')]));
      const [logged] = await drain(store, from);
      expect(logged?.events).toMatchObject([
        {
          id: `${commitId}:0`,
          tenant: 't',
          sessionId: 's',
          taskId,
          event: { type: 'TaskSubmitted', version: 1 },
        },
        {
          id: `${commitId}:1`,
          taskId,
          event: { type: 'OutputAppended', version: 2, author: { kind: 'user', id: 'u' } },
        },
      ]);
      expect(await store.head(from)).toEqual({ cursor: logged?.cursor, behind: 1 });
    });

    it('keeps audit records of winners and those that stand alone, each once, none of a loser', async () => {
      const alone = auditEntry();
      const winner = commitOn(newTask(), [submitted], { audit: auditEntry() });
      const loser = commitOn({ taskId: winner.taskId, task: null }, [submitted], { audit: auditEntry() });
      await store.append(winner);
      await Promise.allSettled([
        store.append(loser),
        store.append(winner),
        store.record(alone),
        store.record(alone),
      ]);
      await store.record(alone);
      await settled(store, 'audit');
      const logged = (await store.auditTail(ORIGIN, 100_000)).map(
        ({ text }) => JSON.parse(text) as AuditEntry,
      );
      const known = new Set([alone.id, winner.audit?.id, loser.audit?.id]);
      expect(logged.filter(({ id }) => known.has(id))).toEqual([winner.audit, alone]);
      const places = (await store.auditPlaces(ORIGIN, 100_000)).filter(({ id }) => known.has(id));
      expect(places.map(({ id }) => id)).toEqual([winner.audit?.id, alone.id]);
      expect((await store.auditPlaces(places[0]?.cursor ?? ORIGIN, 1)).map(({ id }) => id)).toEqual([
        alone.id,
      ]);
    });

    it('keeps what nobody could print as the sign that says so, and what only looks like it as it is', async () => {
      const asked = { resourceId: 'nul \0, half \ud800, 🙂', reason: String.raw`\u0000 \\ud800` };
      const entry = { ...auditEntry(), ...asked };
      await store.record(entry);
      await settled(store, 'audit');
      const logged = (await store.auditTail(ORIGIN, 100_000)).find(({ id }) => id === entry.id);
      expect(JSON.parse(logged?.text ?? '')).toEqual({ ...entry, resourceId: 'nul \ufffd, half \ufffd, 🙂' });
    });

    it('tells versions, and its process of each commit and whether the queue moved', async () => {
      const heard: boolean[] = [];
      store.onCommitted(({ queueChanged }) => heard.push(queueChanged));
      const { taskId } = await store.append(
        commitOn(await store.append(commitOn(newTask(), [submitted])), [said('x')]),
      );
      expect(await store.versions([taskId, randomUUID(), 'no uuid'])).toEqual(new Map([[taskId, 2]]));
      expect(heard).toEqual([true, false]);
    });
  });
}
