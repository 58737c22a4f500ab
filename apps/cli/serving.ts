import { EventEmitter, once } from 'node:events';
import { resolve } from 'node:path';
import type { RuntimeMode } from '#contract';
import type { Serving } from '#server';
import { EXIT } from './exit-codes.js';
import { folderOf } from './folder.js';
import type { Call } from './verb.js';
import { version } from './version.js';

export const ROLES = ['api', 'projector', 'worker'] as const;

export type Role = (typeof ROLES)[number];

export type ServeFlags = Readonly<{
  mode?: RuntimeMode | undefined;
  roles?: readonly Role[] | undefined;
  port?: number | undefined;
  workspace?: string | undefined;
}>;

/** Serves until a signal, or until the server ends by itself. A second signal does not wait for running tasks. */
export async function serveUntilStopped(call: Call, flags: ServeFlags): Promise<number> {
  const stop = stopSignals(call);
  try {
    const started = start(call, flags);
    const first = await Promise.race([started, stop.forced]);
    if (first === 'forced') return EXIT.interrupted;
    call.output.progress.hide();
    await call.output.result(announcement(first), describe);
    const ended = await Promise.race([first.closed.then(() => 'closed' as const), stop.asked, stop.forced]);
    if (ended === 'closed') return EXIT.done;
    return await Promise.race([
      first.close().then(() => EXIT.done),
      stop.forced.then(() => EXIT.interrupted),
    ]);
  } finally {
    stop.release();
  }
}

async function start({ io, options, output }: Call, flags: ServeFlags): Promise<Serving> {
  const { mode, roles, port } = flags;
  const workspace =
    flags.workspace === undefined ? undefined : folderOf('workspace', flags.workspace, io.cwd);
  const { serve } = await import('#server');
  return serve({
    ...(mode ? { mode } : {}),
    ...(roles ? { roles: [...roles] } : {}),
    ...(port === undefined ? {} : { port }),
    ...(options.dataDir === undefined ? {} : { dataDir: resolve(io.cwd, options.dataDir) }),
    ...(workspace === undefined ? {} : { workspace }),
    onProgress: (message) => output.step(message),
  });
}

/** The first signal asks, the second forces. */
function stopSignals({ io, output }: Call) {
  const signals = new EventEmitter<{ asked: []; forced: [] }>();
  const asked = once(signals, 'asked').then(() => 'asked' as const);
  const forced = once(signals, 'forced').then(() => 'forced' as const);
  let count = 0;
  const release = io.onInterrupt(() => {
    count += 1;
    if (count === 1) output.step('stopping; once more stops at once');
    signals.emit(count === 1 ? 'asked' : 'forced');
  });
  return { asked, forced, release };
}

const announcement = ({ mode, roles, url, socket, dataDir, tokenFile }: Serving) => ({
  version,
  mode,
  roles,
  pid: process.pid,
  ...Object.fromEntries(
    Object.entries({ url, socket, dataDir, tokenFile }).filter(([, value]) => value !== undefined),
  ),
});

function describe({
  mode,
  roles,
  url,
  socket,
  tokenFile,
}: ReturnType<typeof announcement> & Partial<Serving>): string {
  const places = [url, socket && `unix:${socket}`].filter((place) => place !== undefined).join(' and ');
  const where = places ? `listens on ${places}` : 'takes tasks from the broker';
  return `coderclaw ${version} (${mode}: ${roles.join(', ')}) ${where}${tokenFile ? `; token in ${tokenFile}` : ''}`;
}
