import type { RecordEntry, RecordPage } from '#contract';
import type { Recorded } from '#task';

/** Bytes of JSON in a page, about: a broker's message is 1 MiB at most, and one step may be a quarter of that. */
const MAX_PAGE_BYTES = 512 * 1024;

/**
 * The record in a piece of a task's history, oldest first: steps, answers under the key of who asked, and the text that
 * came after the last step. A page ends before an answer is parted from its question.
 *
 * @param limit how many events were asked for: fewer mean that the history ends here
 */
export function recordPageOf(history: readonly Recorded[], limit: number): RecordPage {
  const read = history.slice(0, fitting(history));
  const entries = read
    .map((event, index) => entryOf(event, read[index - 1]))
    .filter((entry) => entry !== null);
  const isEnd = read.length === history.length && history.length < limit;
  const last = read.at(-1);
  if (isEnd || !last) return { entries: withoutFinished(entries) };
  const next = isQuestion(last) ? last.version - 1 : last.version;
  return { entries: withoutFinished(entries), next };
}

/** How many events a page may be made of; one at least. */
function fitting(history: readonly Recorded[]): number {
  let bytes = 0;
  const tooMany = history.findIndex((event, index) => {
    bytes += sizeOf(event);
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return tooMany === -1 ? history.length : tooMany;
}

const IN_A_RECORD: ReadonlySet<Recorded['type']> = new Set(['StepRecorded', 'OutputAppended', 'TaskResumed']);

const sizeOf = ({ type, data }: Recorded): number =>
  IN_A_RECORD.has(type) ? JSON.stringify(data).length : 0;

type Question = Extract<Recorded, { type: 'InputRequested' | 'ApprovalRequested' }>;

/** What is not approved has failed: an approval that was answered at all was a yes. */
const isQuestion = (event: Recorded): event is Question =>
  event.type === 'InputRequested' || event.type === 'ApprovalRequested';

function entryOf(event: Recorded, before: Recorded | undefined): RecordEntry | null {
  const { version } = event;
  switch (event.type) {
    case 'StepRecorded':
      return { type: 'step', version, key: event.data.key, kind: event.data.kind, result: event.data.result };
    case 'OutputAppended':
      return event.data.channel === 'text' ? { type: 'output', version, text: event.data.text } : null;
    case 'TaskResumed':
      return before && isQuestion(before) && before.data.key !== undefined
        ? { type: 'answer', version, key: before.data.key, input: event.data.input ?? '' }
        : null;
    default:
      return null;
  }
}

/** The text of a step that is on record is of no use any more. */
function withoutFinished(entries: readonly RecordEntry[]): readonly RecordEntry[] {
  const lastStep = entries.findLastIndex(({ type }) => type === 'step');
  return entries.filter(({ type }, index) => type !== 'output' || index > lastStep);
}
