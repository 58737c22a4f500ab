import type { RecordEntry, RecordPage } from '#contract';
import type { JsonValue } from '#task';

/** What earlier attempts at a task have left: results of steps, answers of people, and text of the step they died in. */
export type TaskRecord = Readonly<{
  results: ReadonlyMap<string, JsonValue>;
  answers: ReadonlyMap<string, string>;
  unfinishedText: string;
}>;

export const EMPTY_RECORD: TaskRecord = { results: new Map(), answers: new Map(), unfinishedText: '' };

/** Reads the whole record, a page at a time. */
export async function readRecord(pageAfter: (version: number) => Promise<RecordPage>): Promise<TaskRecord> {
  const entries: RecordEntry[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: RecordPage = await pageAfter(after);
    entries.push(...page.entries);
    after = page.next;
  }
  return recordOf(entries);
}

/** A page does not know whether the step of its last text is finished on the next one. */
function recordOf(entries: readonly RecordEntry[]): TaskRecord {
  const results = new Map<string, JsonValue>();
  const answers = new Map<string, string>();
  let unfinishedText = '';
  for (const entry of entries) {
    if (entry.type === 'output') unfinishedText += entry.text;
    if (entry.type === 'answer') answers.set(entry.key, entry.input);
    if (entry.type !== 'step') continue;
    results.set(entry.key, entry.result);
    unfinishedText = '';
  }
  return { results, answers, unfinishedText };
}
