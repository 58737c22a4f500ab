import type { TaskState } from '#contract';
import { MeshError } from '#errors';
import { isFinal } from '#task';
import type { Connection } from './connection.js';
import { EXIT } from './exit-codes.js';
import { Interruption } from './interruption.js';
import type { Io } from './io.js';
import type { Output } from './output.js';
import { QueueNotes } from './queue-notes.js';
import { humanView, jsonView } from './watch-view.js';
import type { WatchView } from './watch-view.js';

type Watching = Readonly<{ connection: Connection; taskId: string; after?: number; io: Io; output: Output }>;

/** The version of the last event shown. */
type Place = { version: number };

/**
 * Shows a task's events until its final status, or until whoever watches has had enough.
 *
 * @returns the exit code: 0 completed, 1 failed or cancelled, 130 interrupted
 * @throws {MeshError} `not_found`, or what the runtime throws
 */
export async function watchTask(watching: Watching): Promise<number> {
  const { connection, taskId, after = 0, io, output } = watching;
  const leave = new AbortController();
  const place: Place = { version: after };
  const interruption = new Interruption({
    io,
    inProcess: connection.inProcess,
    quieten: () => output.progress.hide(),
    cancel: () => cancel(watching, leave),
    detach: () => leave.abort(),
  });
  try {
    const view = output.json ? jsonView(output) : humanView(output, io);
    await follow(watching, { view, place, interruption, signal: leave.signal });
    await interruption.quiet();
    const state = await stateOf(connection, taskId);
    if (leave.signal.aborted && !isFinal(state.status)) return await detached(watching, state, place);
    await view.end(state, { whole: after === 0 });
    return exitCodeOf(state, interruption);
  } finally {
    interruption.end();
    output.progress.hide();
  }
}

type Following = Readonly<{ view: WatchView; place: Place; interruption: Interruption; signal: AbortSignal }>;

async function follow(
  { connection, taskId, after = 0, output }: Watching,
  { view, place, interruption, signal }: Following,
): Promise<void> {
  const queue = new QueueNotes(connection.runtime, taskId, output);
  try {
    for await (const update of connection.runtime.streamTaskUpdates(taskId, { after, signal })) {
      await interruption.quiet();
      if (signal.aborted) return;
      await view.show(update);
      queue.seen(update.status);
      place.version = update.version;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    queue.end();
  }
}

async function cancel({ connection, taskId, output }: Watching, leave: AbortController): Promise<void> {
  try {
    await output.note(
      connection.inProcess ? 'cancelling the task, which runs in this process…' : 'cancelling the task…',
    );
    await connection.runtime.cancelTask(taskId, 'cancelled from the command line (Ctrl-C)');
  } catch {
    leave.abort(); // whoever cannot be told cannot be waited for either
  }
}

async function detached(
  { connection, output, taskId }: Watching,
  state: TaskState,
  { version }: Place,
): Promise<number> {
  const after = version > 0 ? ` --after ${version}` : '';
  const again = `coderclaw watch ${taskId}${after}${connection.flags}`;
  if (output.json) await output.stdout(`${JSON.stringify(state)}\n`);
  await output.note(
    connection.inProcess
      ? `left task ${taskId}: it begins again under the next \`coderclaw serve\``
      : `left task ${taskId}, which goes on. Watch it again: ${again}`,
  );
  return EXIT.interrupted;
}

function exitCodeOf({ status }: TaskState, { decided }: Interruption): number {
  if (status === 'completed') return EXIT.done;
  return decided ? EXIT.interrupted : EXIT.failed;
}

/** @throws {MeshError} `not_found` */
export async function stateOf({ runtime }: Connection, taskId: string): Promise<TaskState> {
  const state = await runtime.getTaskState(taskId);
  if (state) return state;
  throw new MeshError('not_found', `task ${taskId} does not exist, or is not yours to see`);
}
