import { freePort } from './port.js';

const TAKEN = /address already in use|could not bind/i;
const ATTEMPTS = 5;

/** Starts on `port`, or on a free one; should another process take that before us, on the next. */
export async function retryOnTakenPort<T>(
  port: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<T> {
  if (port !== undefined) return start(port);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof Error && TAKEN.test(error.message))) throw error;
    }
  }
}
