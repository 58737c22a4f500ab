import type { Outcome } from './expected.js';
import type { Caller } from './cast.js';
import type { Target } from './things.js';

/** A transport as the matrix asks through it: a new one joins by an adapter, and takes the same rows. */
export type Transport = Readonly<{
  name: string;
  /** Asks as a caller, or as nobody; how it ended, or anything else that was answered, in words. */
  call(operation: string, caller: Caller | null, target: Target): Promise<Outcome | string>;
}>;
