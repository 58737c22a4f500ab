const PAUSE_MS = 15;

/** Asks again and again until the answer is true; throws what `failed` says when it takes longer than `timeoutMs`. */
export async function until(
  holds: () => Promise<boolean> | boolean,
  failed: () => Promise<string> | string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(await failed());
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
