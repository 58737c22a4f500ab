import { messageOf } from '#errors';

/** What `coderclaw doctor` found out about one thing. A remedy of what is healthy is for who wants more. */
export type Probe = Readonly<{ name: string; healthy: boolean; detail: string; remedy?: string }>;

const TIMEOUT_MS = 5_000;

/** Runs a probe; whatever goes wrong is what it found. */
export async function probe(
  name: string,
  remedy: string,
  find: () => Promise<string> | string,
): Promise<Probe> {
  try {
    return { name, healthy: true, detail: await withTimeout(Promise.resolve(find())) };
  } catch (error) {
    return { name, healthy: false, detail: messageOf(error), remedy };
  }
}

function withTimeout<Value>(promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
