import { describe, expect, it } from 'vitest';
import { requeuedTaskId } from '#contract';
import type { TaskEvent } from '#task';
import { SUBMISSION } from '#test/given';
import { ann, asking, developer, nobody, stranger } from './asked.contract.js';
import { GetDeadLetter } from './dead-letters/get-dead-letter.query.js';
import { ListDeadLetters } from './dead-letters/list-dead-letters.query.js';
import type { OpenDatabase } from './mesh.contract.js';
import { id } from './test-log.contract.js';

const GIVEN_UP: TaskEvent = {
  type: 'TaskFailed',
  data: { error: 'given up after 3 attempts', exhausted: true },
};
const FAILED: TaskEvent = { type: 'TaskFailed', data: { error: 'exited with code 1' } };

/** What is answered of tasks that were given up, asked through the gate. */
export function deadLettersContract(name: string, open: OpenDatabase): void {
  describe(`the dead-letter list on ${name}`, () => {
    const asked = asking(open);
    const list = async (filter = {}, actor = ann) => asked().gate.query(actor, new ListDeadLetters(filter));
    const add = (taskId: string, end: TaskEvent, more = {}) => {
      const data = { ...SUBMISSION, input: 'npm test', timeoutMs: 5, ...more };
      return asked().store.add(taskId, { type: 'TaskSubmitted', data }, end);
    };

    it('has those that were given up after their last attempt, newest first, page by page, and no others', async () => {
      for (let n = 1; n <= 9; n++) await add(id(n), n % 3 === 0 ? FAILED : GIVEN_UP);
      await add(id(10), GIVEN_UP, { sessionId: 'another' });
      await add(id(11), FAILED, { metadata: { exhausted: true } });
      await asked().project();
      const first = await list({ limit: 4 });
      const second = await list({ limit: 4, cursor: first.cursor });
      const ids = [...first.deadLetters, ...second.deadLetters].map((letter) => letter.id);
      expect(ids).toEqual([10, 8, 7, 5, 4, 2, 1].map(id));
      expect(second.cursor).toBeUndefined();
      expect(first.deadLetters[1]).toMatchObject({
        error: 'given up after 3 attempts',
        agentId: SUBMISSION.agentId,
      });
    });

    it('is a session’s own, or the tenant’s for who manages sessions', async () => {
      const mine = await list({}, { ...developer, sessionId: SUBMISSION.sessionId });
      expect(mine.deadLetters.map(({ sessionId }) => sessionId)).toEqual(Array(6).fill(SUBMISSION.sessionId));
      expect((await list({}, developer)).deadLetters).toEqual([]);
      expect((await list({}, stranger)).deadLetters).toEqual([]);
      await expect(list({}, nobody)).rejects.toMatchObject({ code: 'access_denied' });
    });

    it('says as what a task was requeued', async () => {
      const again = requeuedTaskId(ann.tenant, id(8));
      await asked().store.add(again, { type: 'TaskSubmitted', data: { ...SUBMISSION, retryOf: id(8) } });
      await asked().project();
      const letters = (await list()).deadLetters.map((letter) => [letter.id, letter.requeuedAs]);
      expect(letters.slice(0, 3)).toEqual([
        [id(10), undefined],
        [id(8), again],
        [id(7), undefined],
      ]);
    });

    it('gives what was asked, to be asked again; of others it says that they are none', async () => {
      const request = await asked().gate.query(ann, new GetDeadLetter(id(1)));
      expect(request).toEqual({
        description: SUBMISSION.description,
        input: 'npm test',
        agentId: SUBMISSION.agentId,
        priority: SUBMISSION.priority,
        maxAttempts: SUBMISSION.maxAttempts,
        timeoutMs: 5,
      });
      const get = (taskId: string, actor = ann) => asked().gate.query(actor, new GetDeadLetter(taskId));
      await expect(get(id(3))).rejects.toMatchObject({ code: 'illegal_transition' });
      await expect(get(id(1), stranger)).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
