import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlane, Grant, ReportAnswer } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import type { WorkerFact } from '#task';
import { FactQueue } from './fact-queue.js';

/** What a report that was not accepted means: say it again, say something smaller, or give the attempt up. */
const ON_ERROR = {
  unavailable: 'again',
  deadline_exceeded: 'again',
  internal: 'again',
  version_conflict: 'again',
  rate_limited: 'again',
  unauthenticated: 'again', // credentials are being renewed
  invalid_request: 'mend',
  payload_too_large: 'mend',
  fenced: 'stop',
  not_found: 'stop',
  illegal_transition: 'stop',
  access_denied: 'stop',
  idempotency_mismatch: 'stop',
  unsupported: 'stop',
} as const satisfies Record<ErrorCode, 'again' | 'mend' | 'stop'>;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Tells the control plane what happens in one attempt: one report at a time, each repeated until it is answered. */
export class Reporter {
  private readonly queue = new FactQueue();
  private readonly closing = new AbortController();
  private seq = 0;
  private busy = false;

  /** @param onFenced called once when the control plane no longer wants to hear of this attempt */
  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly workerId: string,
    private readonly grant: Pick<Grant, 'taskId' | 'epoch'>,
    private readonly onFenced: (why: string) => void,
  ) {}

  /** Resolves when the fact is committed. What is said in one turn is one report. @throws {MeshError} `fenced` */
  add(fact: WorkerFact): Promise<void> {
    if (this.closing.signal.aborted) return rejected('this attempt is over');
    if (!this.busy) {
      this.busy = true;
      setImmediate(() => void this.send());
    }
    return this.queue.add(fact);
  }

  /** Says no more, and tells whoever waits so. */
  close(why: string): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.queue.refuse(new MeshError('fenced', why));
  }

  private async send(): Promise<void> {
    for (let batch = this.queue.take(); batch; batch = this.queue.take()) {
      this.seq += 1;
      if (!(await this.deliver(batch.facts))) return;
      batch.settle();
    }
    this.busy = false;
  }

  /** True when it is committed; false when there is nobody to tell any more. */
  private async deliver(facts: readonly WorkerFact[]): Promise<boolean> {
    const answer = await this.askUntilAnswered(facts);
    if (this.closing.signal.aborted) return false;
    if (!isMeshError(answer)) return answer.result === 'accepted' || this.stop('the lease is no longer ours');
    if (ON_ERROR[answer.code] === 'mend')
      await this.askUntilAnswered([{ type: 'Started', data: {} }, refused(answer)]);
    return this.stop(answer.message);
  }

  private async askUntilAnswered(facts: readonly WorkerFact[]): Promise<ReportAnswer | MeshError> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const answer = await this.ask(facts);
      if (!isMeshError(answer) || ON_ERROR[answer.code] !== 'again' || this.closing.signal.aborted)
        return answer;
      await delay(pauseMs, undefined, { signal: this.closing.signal }).catch(() => {});
      if (this.closing.signal.aborted) return answer;
    }
  }

  private ask(facts: readonly WorkerFact[]): Promise<ReportAnswer | MeshError> {
    const { workerId, seq } = this;
    const { taskId, epoch } = this.grant;
    return this.controlPlane
      .report({ workerId, taskId, epoch, seq, facts })
      .catch((error: unknown) =>
        isMeshError(error) ? error : new MeshError('internal', String(error), {}, { cause: error }),
      );
  }

  private stop(why: string): false {
    this.close(why);
    this.onFenced(why);
    return false;
  }
}

const refused = ({ message }: MeshError): WorkerFact => ({
  type: 'Failed',
  data: { error: `the control plane refused what the task reported: ${message}`.slice(0, 4096) },
});

function rejected(why: string): Promise<never> {
  const promise = Promise.reject(new MeshError('fenced', why));
  promise.catch(() => {}); // whoever does not wait need not know
  return promise;
}
