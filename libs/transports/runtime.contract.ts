import { afterAll, beforeAll, describe } from 'vitest';
import type { RuntimeInterface } from '#contract';
import { steeringContract } from './runtime-steering.contract.js';
import { streamingContract } from './runtime-streaming.contract.js';
import { submittingContract } from './runtime-submitting.contract.js';

/** A runtime to try, whose `shell` agent is run by some worker. It is closed at the end. */
export type Opened = Readonly<{ runtime: RuntimeInterface }>;

/** What the runtime promises, whatever carries it. A new transport is done when this passes. */
export function runtimeContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, as a runtime`, () => {
    let opened: RuntimeInterface | undefined;
    beforeAll(async () => {
      opened = (await open()).runtime;
    }, 120_000);
    afterAll(async () => opened?.close());

    // Suites are described before anything is open: what they call is looked up when they call it.
    const runtime = new Proxy({} as RuntimeInterface, {
      get:
        (_, method) =>
        (...given: unknown[]) => {
          const call = Reflect.get(opened ?? {}, method) as (...args: unknown[]) => unknown;
          return call.apply(opened, given);
        },
    });
    submittingContract(runtime);
    streamingContract(runtime);
    steeringContract(runtime);
  });
}
