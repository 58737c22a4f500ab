import { homedir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../scripted-control-plane.contract.js';
import { Boxes, bwrapForSpecs, skipped } from './box-in-test.contract.js';
import { processesWith } from './machine.contract.js';

const { bwrap, missing } = await bwrapForSpecs();

describe.skipIf(missing !== null)(`what runs in a box${skipped(missing)}`, () => {
  const boxes = new Boxes(bwrap);
  afterAll(() => boxes.close());

  it('leaves no process behind when it ends: not one that left its session, nor an orphan', async () => {
    const mark = `${600 + Math.random()}`;
    const { code } = await boxes.run(
      `setsid sleep ${mark} & (setsid nohup sleep ${mark} > /dev/null 2>&1 &) ; sleep ${mark} & exit 0`,
    );
    expect(code).toBe(0);
    expect(processesWith(`sleep ${mark}`)).toEqual([]);
  });

  it('is killed within a second with all that has detached from it, also when it answers no signal', async () => {
    const mark = `${600 + Math.random()}`;
    const started = await boxes.start(
      `trap '' TERM; setsid sh -c 'trap "" TERM; while :; do sleep ${mark}; done' & (setsid nohup sleep ${mark} &) ; while :; do sleep ${mark}; done`,
    );
    await until(() => processesWith(`sleep ${mark}`).length >= 3);
    const asked = performance.now();
    started.kill(200);
    await started.ended;
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(processesWith(mark)).toEqual([]);
  });

  it('may tidy up when it is asked to end', async () => {
    const started = await boxes.start(
      `trap 'echo tidied; exit 0' TERM; echo up; while :; do sleep 0.05; done`,
    );
    await until(() => started.said().includes('up'));
    started.kill(2_000);
    expect((await started.ended).output).toMatch(/^up\n(Terminated\n)?tidied\n$/); // its own shell may tell of `sleep`
  });

  it.each([homedir(), '/'])('is refused the workspace %s, which is or holds a home', async (workspace) => {
    await expect(boxes.run('true', { workspace })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
