import { appendContract } from './append.contract.js';
import { queueContract } from './queue.contract.js';
import type { OpenedStore } from './samples.contract.js';
import { tailContract } from './tail.contract.js';

/** What every event store promises. A new adapter is done when this passes. Each part opens a store of its own. */
export function eventStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  appendContract(`${name}, as an event store`, open);
  tailContract(`${name}, as an event store`, open);
  queueContract(`${name}, as an event store`, open);
}
