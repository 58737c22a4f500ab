import { expect, it, vi } from 'vitest';
import type { Devices, SessionEnds, Throttle } from '#access';
import { Logger } from '#contract';
import { Tidying } from './tidying.service.js';

it('tidies all up at its start and every hour, and tells of what failed', async () => {
  vi.useFakeTimers();
  const warn = vi.fn<(message: string, fields?: object) => void>();
  const [tokens, devices, blocks] = [
    vi.fn<() => Promise<void>>(),
    vi.fn<() => Promise<void>>(),
    vi.fn<() => Promise<void>>(),
  ];
  devices.mockRejectedValueOnce(new Error('away'));
  const tidying = new Tidying(
    { deleteOldTokens: tokens } as unknown as SessionEnds,
    { fallUnseen: devices } as unknown as Devices,
    { sweep: blocks } as unknown as Throttle,
    { warn } as unknown as Logger,
  );
  const stop = tidying.start();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  await stop();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  vi.useRealTimers();
  expect([tokens, devices, blocks].map((one) => one.mock.calls.length)).toEqual([2, 2, 2]);
  expect(warn.mock.calls).toEqual([[expect.any(String), { error: 'away' }]]);
});
