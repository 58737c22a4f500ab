import type { ClientContext } from '@agentclientprotocol/sdk';
import type { ExecutionContext } from '../executor.js';
import type { SandboxRun } from '../supervisor.js';

export type EndingOptions = Readonly<{
  agent: Pick<ClientContext, 'notify'>;
  context: Pick<ExecutionContext, 'lease' | 'signal'>;
  kill: SandboxRun['kill'];
}>;

/** Between `session/cancel` and SIGTERM. */
const CANCEL_MS = 200;

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 200;

/** Ends an agent: when its turn is over, or when its attempt is, after it was told so. */
export class Ending {
  private sessionId: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: EndingOptions) {
    const { signal } = options.context;
    signal.addEventListener('abort', this.cancel, { once: true });
    if (signal.aborted) this.cancel();
  }

  /** From now on there is something to cancel. */
  opened(sessionId: string): void {
    this.sessionId = sessionId;
  }

  /** Ends it without another word. */
  now(): void {
    const { context, kill } = this.options;
    clearTimeout(this.timer);
    context.signal.removeEventListener('abort', this.cancel);
    kill(context.lease.remainingMs > 0 ? GRACE_MS : 0);
  }

  private readonly cancel = (): void => {
    const { agent, context } = this.options;
    if (this.sessionId === null || context.lease.remainingMs <= 0) return this.now();
    agent.notify('session/cancel', { sessionId: this.sessionId }).catch(() => {}); // it has ended already
    this.timer = setTimeout(() => this.now(), CANCEL_MS);
  };
}
