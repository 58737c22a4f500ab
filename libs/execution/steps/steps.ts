import type { Grant, RecordPage } from '#contract';
import type { JsonValue, Usage, WorkerFact } from '#task';
import { StepOutput } from './step-output.js';
import { storable } from './storable.js';
import { EMPTY_RECORD, readRecord } from './task-record.js';
import type { TaskRecord } from './task-record.js';

/** What a step came to, and what models used for it. */
export type StepDone<Result> = Readonly<{ result: Result; usage?: Usage | undefined }>;

/** Does a step; what it writes is streamed as the task's text. */
export type StepWork<Result> = (output: Pick<StepOutput, 'write'>) => Promise<StepDone<Result>>;

export type StepsOptions = Readonly<{
  grant: Grant;
  emit: (fact: WorkerFact) => Promise<void>;
  /** Reads what the task has on record. */
  pageAfter: (version: number) => Promise<RecordPage>;
  /** Ends this attempt until somebody has answered. */
  suspend: (fact: WorkerFact) => Promise<never>;
}>;

/** The steps of one attempt: those that are on record are answered from there, the others are done and recorded. */
export class Steps {
  private record: Promise<TaskRecord> | null = null;
  private readonly done = new Map<string, JsonValue>();
  private textTaken = false;

  constructor(private readonly options: StepsOptions) {}

  /** One commit, that of the fact; what the step has put out is in it or before it. */
  async step<Result>(key: string, kind: string, work: StepWork<Result>): Promise<Result> {
    const known = await this.known(key);
    if (known !== undefined) return known as Result;
    const output = new StepOutput(this.options.emit, await this.takeText());
    try {
      const { result: given, usage } = await work(output);
      const result = storable(given);
      output.end();
      await this.options.emit({ type: 'Step', data: { key, kind, result, ...(usage && { usage }) } });
      this.done.set(key, result);
      return result as Result;
    } catch (error) {
      output.abandon();
      throw error;
    }
  }

  /** Whether the step need not be done. */
  async isDone(key: string): Promise<boolean> {
    return (await this.known(key)) !== undefined;
  }

  /** What was answered to the question of that key, if anything. */
  async answer(key: string): Promise<string | undefined> {
    return (await this.read()).answers.get(key);
  }

  /** The answer to a question; if there is none yet, the task waits for it and the attempt is over. */
  async ask(key: string, prompt: string): Promise<string> {
    return (await this.answer(key)) ?? this.options.suspend({ type: 'NeedInput', data: { key, prompt } });
  }

  private async known(key: string): Promise<JsonValue | undefined> {
    return this.done.get(key) ?? (await this.read()).results.get(key);
  }

  /** Text without a step is of the first step that is not on record. */
  private async takeText(): Promise<string> {
    const { unfinishedText } = await this.read();
    const text = this.textTaken ? '' : unfinishedText;
    this.textTaken = true;
    return text;
  }

  private read(): Promise<TaskRecord> {
    this.record ??= this.readOnce();
    return this.record;
  }

  private async readOnce(): Promise<TaskRecord> {
    const { grant, pageAfter } = this.options;
    return grant.attempt > 1 || (grant.steps ?? 0) > 0 ? readRecord(pageAfter) : EMPTY_RECORD;
  }
}
