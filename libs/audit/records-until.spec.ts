import { expect, it } from 'vitest';
import { compareCursors } from '#contract';
import type { AuditEntry, Cursor } from '#contract';
import type { LoggedAudit } from '#event-store';
import { anEntry } from './samples.contract.js';
import { recordsUntil } from './records-until.js';

/** A log that grows while it is read. */
function aLog(size: number) {
  const records: LoggedAudit[] = [];
  const asked: number[] = [];
  const add = () => {
    const position = String(records.length + 1);
    records.push({
      cursor: { incarnation: 1, xid: '7', position },
      id: position,
      text: JSON.stringify(anEntry({ id: position })),
    });
  };
  for (let i = 0; i < size; i++) add();
  return {
    add,
    asked,
    end: () => records.at(-1)?.cursor ?? { incarnation: 0, xid: '0', position: '0' },
    auditTail: async (after: Cursor, limit: number) => {
      asked.push(limit);
      return records.filter(({ cursor }) => compareCursors(cursor, after) > 0).slice(0, limit);
    },
  };
}

const read = async (records: AsyncIterable<AuditEntry>, each: () => void = () => undefined) => {
  const ids: number[] = [];
  for await (const { id } of records) {
    ids.push(Number(id));
    each();
  }
  return ids;
};

it.each([0, 1, 499, 500, 501, 1000, 1234])(
  'tells each of %i records once and in order, and ends though more come in all the time',
  async (size) => {
    const log = aLog(size);
    const ids = await read(recordsUntil(log, log.end()), log.add);
    expect(ids).toEqual(Array.from({ length: size }, (_, i) => i + 1));
  },
);

it('reads a page only when the one before was taken, so that a slow reader costs no memory', async () => {
  const log = aLog(2000);
  const records = recordsUntil(log, log.end());
  for (let i = 0; i < 501; i++) await records.next();
  expect(log.asked).toHaveLength(2);
  await records.return();
  expect((await records.next()).done).toBe(true);
  expect(log.asked).toHaveLength(2);
});

it('stops with the signal’s reason, not as if that were all', async () => {
  const log = aLog(2000);
  const stop = new AbortController();
  const reason = new Error('the reader is gone');
  await expect(read(recordsUntil(log, log.end(), stop.signal), () => stop.abort(reason))).rejects.toBe(
    reason,
  );
  expect(log.asked).toHaveLength(1);
});
