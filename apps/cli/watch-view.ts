import type { TaskState, TaskUpdateEvent } from '#contract';
import type { TaskStatus } from '#task';
import { stepsToTell } from './agent-steps.js';
import { harmless } from './harmless.js';
import type { Io } from './io.js';
import type { Output } from './output.js';

/** What a watcher sees of a task. */
export type WatchView = Readonly<{
  show(update: TaskUpdateEvent): Promise<void>;
  /** `whole`: the watching began with the first event. */
  end(state: TaskState, watched: Readonly<{ whole: boolean }>): Promise<void>;
}>;

/** One JSON object an event, the task's state last. */
export const jsonView = (output: Output): WatchView => ({
  show: async (update) => {
    if (!output.quiet) await output.stdout(`${JSON.stringify(update)}\n`);
  },
  end: (state) => output.stdout(`${JSON.stringify(state)}\n`),
});

/** The task's output, raw and where it belongs; everything else on stderr. */
export function humanView(output: Output, io: Pick<Io, 'stdout' | 'stderr'>): WatchView {
  const sameScreen = io.stdout.isTTY === true && io.stderr.isTTY === true;
  let status: TaskStatus | undefined;
  let pieces = 0;
  let lineOpen = false;

  const print = async (update: TaskUpdateEvent, text: string) => {
    pieces += 1;
    await (update.data?.['channel'] === 'stderr' ? output.stderr(text) : output.stdout(text));
    lineOpen = !text.endsWith('\n');
  };
  /** Never right behind a piece of output that did not end its line. */
  const say = async (text: string, urgent = false) => {
    if (output.quiet && !urgent) return;
    if (lineOpen && sameScreen) await output.stderr('\n');
    lineOpen = false;
    await output.stderr(`${text}\n`);
  };

  return {
    async show(update) {
      if (update.output !== undefined) await print(update, update.output);
      else if (WORTH_A_LINE.has(update.type)) await say(harmless(update.message ?? update.type));
      else if (update.status !== status && !output.progress.live && !FINAL.has(update.status))
        await say(update.status);
      for (const step of stepsToTell(update)) await say(harmless(step));
      status = update.status;
      if (!(lineOpen && sameScreen)) output.progress.show(progressOf(update));
    },
    async end(state, { whole }) {
      output.progress.hide();
      if (pieces === 0 && whole && state.output) await output.stdout(state.output);
      const { text, urgent } = VERDICT[state.status](state);
      await say(text, urgent);
    },
  };
}

const WORTH_A_LINE: ReadonlySet<string> = new Set([
  'AttemptLost',
  'InputRequested',
  'ApprovalRequested',
  'TaskPaused',
]);
const FINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

function progressOf({ status, progress, type, message }: TaskUpdateEvent): string {
  const percent = progress === undefined ? '' : ` ${Math.round(progress)} %`;
  const said = type === 'ProgressReported' && message ? ` · ${message}` : '';
  return `${status}${percent}${said}`;
}

const seconds = ({ createdAt, completedAt = createdAt }: TaskState): string =>
  `${((Date.parse(completedAt) - Date.parse(createdAt)) / 1000).toFixed(1)} s`;

const unfinished = ({ id, status }: TaskState) => ({ text: `task ${id} is ${status}`, urgent: false });

const VERDICT = {
  pending: unfinished,
  planning: unfinished,
  running: unfinished,
  waiting: unfinished,
  completed: (state) => ({ text: `completed in ${seconds(state)}`, urgent: false }),
  failed: (state) => ({
    text: `failed after ${seconds(state)}: ${harmless(state.error ?? 'no reason given')}`,
    urgent: true,
  }),
  cancelled: (state) => ({ text: `cancelled after ${seconds(state)}`, urgent: true }),
} as const satisfies Record<TaskStatus, (state: TaskState) => { text: string; urgent: boolean }>;
