import { setImmediate as immediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Background } from './background.js';

it('runs once for all who ask in one turn, and once more for all who ask while it runs', async () => {
  let open: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let runs = 0;
  const background = new Background(
    async () => {
      runs++;
      await gate;
    },
    () => undefined,
  );
  for (let i = 0; i < 5; i++) background.request();
  await immediate();
  expect(runs).toBe(1);
  for (let i = 0; i < 5; i++) background.request();
  open?.();
  await immediate();
  await immediate();
  expect(runs).toBe(2);
  await background.stop();
});

it('goes on after a failure, and tells of it', async () => {
  const failures: unknown[] = [];
  const background = new Background(
    () => Promise.reject(new Error('no')),
    (error) => failures.push(error),
  );
  background.request();
  await immediate();
  await immediate();
  background.request();
  await background.stop();
  expect(failures.length).toBeGreaterThanOrEqual(1);
});

it('does nothing once stopped', async () => {
  let runs = 0;
  const background = new Background(
    async () => void runs++,
    () => undefined,
  );
  await background.stop();
  background.request();
  await immediate();
  await immediate();
  expect(runs).toBe(0);
});
