import { MAX_TASK_OUTPUT_BYTES } from '#contract';
import { MeshError } from '#errors';
import { storableText } from '../steps/storable.js';

/** What an agent puts out: told as it comes, and kept as the task's output. */
export class AnswerText {
  private kept = '';
  private bytes = 0;

  constructor(private readonly write: (text: string) => Promise<void>) {}

  /** Resolves when more may come. @throws {MeshError} `payload_too_large` when it is more than a task may put out */
  async add(text: string): Promise<void> {
    this.bytes += Buffer.byteLength(storableText(text));
    if (this.bytes > MAX_TASK_OUTPUT_BYTES) throw tooLong();
    this.kept += text;
    await this.write(text);
  }

  whole(): string {
    return this.kept;
  }
}

/** More than a task may put out. */
export const tooLong = () =>
  new MeshError('payload_too_large', `the agent put out more than ${MAX_TASK_OUTPUT_BYTES} bytes`);
