import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bwrapForSpecs, skipped } from '../sandbox/box-in-test.contract.js';
import { processesWith } from '../sandbox/machine.contract.js';
import { until } from '../scripted-control-plane.contract.js';
import { SEEN, answersIn, startAcpWorker } from './acp-in-test.contract.js';

const { bwrap, missing } = await bwrapForSpecs();
const settings = { sandbox: 'bubblewrap', bwrap, toolchains: SEEN } as const;

describe.skipIf(missing !== null)(`an agent in a box${skipped(missing)}`, () => {
  it('reads and writes its workspace by our hands and its own', async () => {
    const { run, workspace } = await startAcpWorker({ settings });
    writeFileSync(join(workspace, 'a.txt'), 'one');
    const { output } = await run(
      ['read', join(workspace, 'a.txt')],
      ['write', join(workspace, 'b.txt'), 'two'],
      ['pid', join(workspace, 'c.txt')],
    );
    expect(answersIn(output)).toEqual([{ content: 'one' }, {}]);
    expect(readFileSync(join(workspace, 'b.txt'), 'utf8')).toBe('two');
    expect(Number(readFileSync(join(workspace, 'c.txt'), 'utf8'))).toBeLessThan(100); // of the box
  });

  it('has its variables, which stand on no command line of the machine', async () => {
    const { plane, grant } = await startAcpWorker({ settings });
    const task = grant([['env', 'AGENT_KEY'], ['deaf']]);
    await until(() => plane.output(task) === 'planted-key-of-the-agent\n');
    expect(processesWith('acp-agent.mjs').length).toBeGreaterThan(0);
    expect(processesWith('planted-key-of-the-agent')).toEqual([]);
  });

  it('fails where its program is not in the box, and says where it must be', async () => {
    const { run } = await startAcpWorker({ settings, command: ['no-such-agent'] });
    const { last } = await run();
    expect(last.data).toMatchObject({ error: expect.stringContaining('must be on the PATH') });
  });

  it('is gone within a second when its attempt is over', async () => {
    const { plane, grant, workspace } = await startAcpWorker({ settings });
    const task = grant([['say', 'up'], ['deaf']]);
    await until(() => plane.output(task) === 'up');
    expect(processesWith(workspace)).not.toEqual([]);
    plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
    await until(() => processesWith(workspace).length === 0, 1_000);
  });
});
