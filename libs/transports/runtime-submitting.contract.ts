import { describe, expect, it } from 'vitest';
import type { RuntimeInterface } from '#contract';
import { code, upTo, verbs } from './runtime-verbs.contract.js';

/** What a submit answers, keeps and refuses. */
export function submittingContract(runtime: RuntimeInterface): void {
  const { submit } = verbs(runtime);

  describe('submitting', () => {
    it('answers with the task as it was stored, defaults filled in', async () => {
      const state = await submit('echo hi', { metadata: { from: ['a', { b: null }] }, priority: 7 });
      expect(state).toMatchObject({
        status: 'pending',
        agentId: 'shell',
        description: 'try echo hi',
        input: 'echo hi',
        priority: 7,
      });
      expect(state).toMatchObject({
        version: 1,
        attempt: 0,
        artifacts: [],
        metadata: { from: ['a', { b: null }] },
      });
      expect(state.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    });

    it('keeps every character of what was asked', async () => {
      const input = 'echo "ü 🦀 \u2028 \\n \r\n\t <&>"';
      const { id } = await submit(input, { description: 'ünïcode 🦀' });
      expect(await runtime.getTaskState(id)).toMatchObject({ id, input, description: 'ünïcode 🦀' });
    });

    it('finds the same task for the same key and body, and refuses the key for another', async () => {
      const idempotencyKey = crypto.randomUUID();
      const answers = await Promise.all(upTo(5).map(() => submit('echo once', { idempotencyKey })));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      await expect(submit('echo twice', { idempotencyKey })).rejects.toEqual(code('idempotency_mismatch'));
    });

    it('makes two tasks of two requests without a key', async () => {
      expect((await submit('echo same')).id).not.toBe((await submit('echo same')).id);
    });

    it('says which field is wrong', async () => {
      await expect(submit('echo hi', { description: ' ' })).rejects.toEqual(
        code('invalid_request', 'description'),
      );
      await expect(submit('echo \0', { description: 'd' })).rejects.toEqual(code('invalid_request', 'input'));
      await expect(submit('echo hi', { agentId: 'nobody' })).rejects.toEqual(
        code('invalid_request', 'agentId'),
      );
      await expect(submit('echo hi', { priority: 10 })).rejects.toEqual(code('invalid_request', 'priority'));
      await expect(submit('echo hi', { sesionId: 'x' } as object)).rejects.toEqual(
        code('invalid_request', 'sesionId'),
      );
    });
  });
}
