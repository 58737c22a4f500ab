import type { RecordEntry } from '#contract';
import { MeshError } from '#errors';
import { Executor } from '../executor.js';
import type { ExecutionContext, Outcome } from '../executor.js';
import { ScriptedControlPlane, aGrant } from '../scripted-control-plane.contract.js';
import { startWorker } from '../worker-in-test.contract.js';

/** Runs what a test gives it. */
class Scripted extends Executor {
  override readonly worksOnFiles = false;

  constructor(private readonly script: (context: ExecutionContext) => Promise<string>) {
    super();
  }

  override async run(_grant: unknown, context: ExecutionContext): Promise<Outcome> {
    return { type: 'Completed', data: { output: await this.script(context) } };
  }
}

/** A worker whose one agent runs the script. */
export async function working(script: (context: ExecutionContext) => Promise<string>) {
  const plane = new ScriptedControlPlane();
  await startWorker({ executors: new Map([['scripted', new Scripted(script)]]) }, plane);
  return plane;
}

/** The control plane is away. */
export const unavailable = () => new MeshError('unavailable', 'away');

/** The agent whose tasks are run by the script. */
export const agentId = 'scripted';
/** A step on record. */
export const step = (key: string, result: string, version: number): RecordEntry => ({
  type: 'step',
  version,
  key,
  kind: 'test',
  result,
});
/** Text on record. */
export const text = (said: string, version: number): RecordEntry => ({ type: 'output', version, text: said });

/** Pushes the grant of a second attempt, which finds this on record. */
export function secondAttempt(plane: ScriptedControlPlane, entries: readonly RecordEntry[]) {
  const grant = aGrant('', { agentId, attempt: 2 });
  plane.onRecord.set(grant.taskId, entries);
  plane.send({ type: 'grant', grant });
  return grant;
}
