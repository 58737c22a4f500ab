import { closeInherited } from './inherited.js';
import type { Notice, Order } from './protocol.js';
import { DEADLINE_CHECK_MS, LIMIT_CHECK_MS, Sandboxes } from './sandboxes.js';

/*
 * The supervisor: a process beside the worker, in a session of its own, that owns what the worker's tasks start.
 * It outlives the worker by as long as it takes to kill them. It needs nothing outside this folder.
 */
closeInherited();
const sandboxes = new Sandboxes(tell);

type Obey = { readonly [Type in Order['type']]: (order: Extract<Order, { type: Type }>) => void };

const OBEY: Obey = {
  run: (order) => sandboxes.start(order),
  renew: ({ run, untilMs }) => sandboxes.get(run)?.renew(untilMs),
  ack: ({ run, bytes }) => sandboxes.get(run)?.acknowledge(bytes),
  input: ({ run, bytes }) => sandboxes.get(run)?.input(bytes),
  kill: ({ run, graceMs }) => void sandboxes.get(run)?.kill('order', graceMs),
};

process.on('message', (order: Order) => (OBEY[order.type] as (order: Order) => void)(order));
process.on('disconnect', () => void endAll());
// Signals to the whole group or unit are for the worker, which drains; we end when it does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
setInterval(() => sandboxes.checkDeadlines(), DEADLINE_CHECK_MS);
setInterval(() => sandboxes.checkLimits(), LIMIT_CHECK_MS);
if (!process.connected) void endAll(); // the worker was gone before we listened

function tell(notice: Notice): void {
  if (process.connected) process.send?.(notice, undefined, undefined, () => {}); // nobody there: `disconnect` follows
}

async function endAll(): Promise<void> {
  await sandboxes.killEverything();
  process.exit(0);
}
