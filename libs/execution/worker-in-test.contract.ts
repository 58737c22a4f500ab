import { onTestFinished } from 'vitest';
import { Clock } from '#contract';
import type { Grant } from '#contract';
import { EchoExecutor } from './echo.js';
import { Executor } from './executor.js';
import type { ExecutionContext, Outcome } from './executor.js';
import { ScriptedControlPlane } from './scripted-control-plane.contract.js';
import { Worker } from './worker.js';
import type { WorkerOptions } from './worker.js';

/** Runs until told to end, or stopped; counts its runs. */
export class HeldExecutor extends Executor {
  override readonly worksOnFiles = false;
  readonly contexts: ExecutionContext[] = [];
  private readonly endings: ((outcome: Outcome) => void)[] = [];

  override run(_grant: Grant, context: ExecutionContext): Promise<Outcome> {
    this.contexts.push(context);
    return new Promise((resolve) => {
      this.endings.push(resolve);
      context.signal.addEventListener('abort', () => resolve({ type: 'Failed', data: { error: 'stopped' } }));
    });
  }

  complete(): void {
    this.endings.shift()?.({ type: 'Completed', data: { output: 'done' } });
  }
}

/** Time stands still until it is told to pass. */
export class HandClock extends Clock {
  private ms = 1_000;

  override now(): Date {
    return new Date(this.ms);
  }

  override monotonicMs(): number {
    return this.ms;
  }

  pass(ms: number): void {
    this.ms += ms;
  }
}

/** A worker of this process, stopped with the test. */
export async function startWorker(options: Partial<WorkerOptions> = {}, plane = new ScriptedControlPlane()) {
  const held = new HeldExecutor();
  const executors = new Map<string, Executor>([
    ['held', held],
    ['echo', new EchoExecutor()],
  ]);
  const worker = new Worker({ controlPlane: plane, workerId: 'w', executors, ...options });
  onTestFinished(() => worker.stop({ drainMs: 0 }));
  await worker.start();
  await plane.heard();
  return { held, plane, worker };
}
