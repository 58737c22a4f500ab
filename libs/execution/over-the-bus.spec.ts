import { expect, it, onTestFinished } from 'vitest';
import { BusControlPlane, BusWorkerLink } from '#contract';
import { InProcessBus } from '#streaming';
import { EchoExecutor } from './echo.js';
import { ScriptedControlPlane, aGrant, until } from './scripted-control-plane.contract.js';
import { Worker } from './worker.js';

it('speaks to a control plane over a bus, in words that pass its schemas', async () => {
  const bus = new InProcessBus();
  const link = new BusWorkerLink(bus);
  const plane = new ScriptedControlPlane();
  const stop = await link.serve({
    beat: (beat) => plane.beat(beat),
    report: (report) => plane.report(report),
    useSkill: (use) => plane.useSkill(use),
    artifact: () => Promise.resolve({ bytes: 0, piece: '' }),
    putArtifact: ({ bytes }) => Promise.resolve({ next: bytes, stored: true }),
    record: (asked) => plane.record(asked),
  });
  const controlPlane = new BusControlPlane(bus);
  const executors = new Map([['echo', new EchoExecutor()]]);
  const worker = new Worker({ controlPlane, workerId: 'w', executors, labels: ['x86'] });
  onTestFinished(async () => {
    await stop();
    await bus.close();
  });
  await worker.start();
  await plane.heard();
  const grant = aGrant('over the bus', { agentId: 'echo' });
  link.push('w', { type: 'grant', grant });
  expect((await plane.end(grant)).last).toEqual({ type: 'Completed', data: { output: 'over the bus' } });
  await worker.stop();
  await until(() => plane.beats.at(-1)?.draining);
});
