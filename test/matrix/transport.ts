import type { Caller } from './cast.js';
import type { Target } from './things.js';

/** A transport as the matrix asks through it: a new one joins by an adapter, and takes the same rows. */
export type Transport = Readonly<{
  name: string;
  /** Asks as a caller, or as nobody. @returns the `Outcome`; or, in its own words, what is none */
  call(operation: string, caller: Caller | null, target: Target): Promise<string>;
}>;
