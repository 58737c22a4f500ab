import type { Stop } from '#contract';

/** One way to stop several things, one after the other, once; a stop that fails does not spare the rest. */
export function stopInOrder(
  stops: readonly Stop[],
): Readonly<{ close: () => Promise<void>; closed: Promise<void> }> {
  let closing: Promise<void> | null = null;
  let settle: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const run = async () => {
    const failures: unknown[] = [];
    for (const stop of stops) await stop().catch((error: unknown) => failures.push(error));
    settle?.();
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped as it should');
  };
  return { close: () => (closing ??= run()), closed };
}

/** Stops what was started before something failed. @returns the failure: what went wrong first is what to tell */
export async function afterStopping(stops: readonly Stop[], failure: unknown): Promise<unknown> {
  await stopInOrder(stops)
    .close()
    .catch(() => undefined);
  return failure;
}
