import { expect, it } from 'vitest';
import { A_PLAN } from '#test/model-server';
import { aGrant } from '../scripted-control-plane.contract.js';
import { recordOf, startModelWorker } from './model-in-test.contract.js';

it('finds in a later attempt’s own folder what an earlier one has changed in its', async () => {
  const script = [
    A_PLAN,
    { calls: [{ name: 'edit-file', input: { path: 'new.txt', replace: 'made' } }] },
    { cutAfter: 0, pieces: ['never'] },
    { calls: [{ name: 'read-file', input: { path: 'new.txt' } }] },
    { pieces: ['it is there'] },
  ];
  const { plane, server, grant } = await startModelWorker(script, { ownFolders: true });
  const first = grant('x');
  expect((await plane.end(first)).last).toMatchObject({ type: 'Failed', data: { retry: {} } });
  const second = aGrant('x', { ...first, epoch: 9, attempt: 2 });
  plane.onRecord.set(second.taskId, recordOf(plane, first));
  plane.send({ type: 'grant', grant: second });
  expect((await plane.end(second)).last).toMatchObject({ type: 'Completed' });
  expect(server.asked.at(-1)?.messages.findLast(({ role }) => role === 'tool')?.content).toContain('made');
});
