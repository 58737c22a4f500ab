import { executorContract } from './executor.contract.js';
import { Executor } from './executor.js';
import type { ExecutionContext, Outcome } from './executor.js';
import type { Grant } from '#contract';
import { ScriptedControlPlane } from './scripted-control-plane.contract.js';
import { startWorker } from './worker-in-test.contract.js';
class Broken extends Executor {
  constructor(private readonly how: string) { super(); }
  override async run({ input }: Grant, { emit, signal }: ExecutionContext): Promise<Outcome> {
    if (input === 'fail') { if (this.how === 'swallows') return { type: 'Completed', data: { output: '' } }; throw new Error('failed'); }
    if (input === 'hang') {
      void emit({ type: 'Output', data: { channel: 'text', text: 'up' } });
      await new Promise<void>((resolve) => { if (this.how !== 'deaf') signal.addEventListener('abort', () => resolve()); });
      return { type: 'Failed', data: { error: 'stopped' } };
    }
    const parts = this.how === 'disorder' ? ['b', 'a'] : ['a', 'b'];
    for (const text of parts) void emit({ type: 'Output', data: { channel: 'text', text } });
    if (this.how === 'talks on') { void emit({ type: 'Completed', data: { output: 'ab' } }); void emit({ type: 'Output', data: { channel: 'text', text: 'more' } }); }
    return { type: 'Completed', data: { output: this.how === 'wrong output' ? 'x' : 'ab' } };
  }
}
for (const how of ['nothing', 'swallows', 'deaf', 'disorder', 'talks on', 'wrong output'])
  executorContract(how, async () => {
    const plane = new ScriptedControlPlane();
    await startWorker({ executors: new Map([['x', new Broken(how)]]) }, plane);
    return { plane, grant: (input, more = {}) => plane.grant(input, { agentId: 'x', ...more }), completing: { input: 'go', output: 'ab' }, failing: { input: 'fail', error: /failed/ }, streaming: { input: 'go', whole: 'ab' }, endless: { input: 'hang', runs: (task) => plane.output(task) === 'up' } };
  });
