import type { Grant } from '#contract';
import { Executor } from './executor.js';
import type { Outcome } from './executor.js';

/** Answers with the input. */
export class EchoExecutor extends Executor {
  override readonly worksOnFiles = false;

  override run({ input }: Grant): Promise<Outcome> {
    return Promise.resolve({ type: 'Completed', data: { output: input } });
  }
}
