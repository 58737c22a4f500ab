import type { Gate } from '#access';
import { SubmitTask } from '#commands';
import type { Submitted } from '#commands';
import type { Actor } from '#contract';
import { GetDeadLetter } from '#read-models';

/**
 * Does again what was given up: a new task of the caller's, in the caller's session, judged as any other submit.
 * Asked again, it is the same new task.
 *
 * @throws {MeshError} `not_found` | `illegal_transition` (not given up, or requeued by somebody else) | `access_denied`
 */
export async function requeue(gate: Gate, actor: Actor, taskId: string): Promise<Submitted> {
  const request = await gate.query(actor, new GetDeadLetter(taskId));
  return gate.execute(actor, new SubmitTask(request, taskId));
}
