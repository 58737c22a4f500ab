import { busContract } from './bus.contract.js';
import type { BusEnds } from './bus.contract.js';
import { InProcessBus } from './in-process.bus.js';
import { workerLinkContract } from './worker-link.contract.js';

const open = async (): Promise<BusEnds> => {
  const bus = new InProcessBus();
  return { here: bus, there: bus, close: () => bus.close() };
};

busContract('InProcessBus', open);
workerLinkContract('InProcessBus', open);
