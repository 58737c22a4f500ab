import type { ExecutionContext } from '../executor.js';
import { storableText } from '../steps/storable.js';
import type { Update } from './updates.js';

type Plan = Extract<Update, { sessionUpdate: 'plan' }>;

/** As often as an attempt may tell how far it is; an agent may use thousands of tools. */
const MAX_TOLD = 500;
const MAX_MESSAGE_CHARACTERS = 300;
const MAX_STEPS = 100;

/** Tells how far an agent is: its plan once, then what it does. */
export class Progress {
  private planned = false;
  private percent = 0;
  private told = 0;

  constructor(private readonly emit: ExecutionContext['emit']) {}

  /** Takes a plan, or how far it is with it. */
  async plan({ entries }: Plan): Promise<void> {
    if (entries.length === 0) return;
    const done = entries.filter(({ status }) => status === 'completed').length;
    const before = this.percent;
    this.percent = Math.round((100 * done) / entries.length);
    const steps = entries.slice(0, MAX_STEPS).map(({ content }) => short(content));
    if (!this.planned) await this.emit({ type: 'Plan', data: { steps } });
    this.planned = true;
    const now = entries.find(({ status }) => status === 'in_progress') ?? entries.at(done);
    if (this.percent !== before) await this.tell(now?.content ?? 'done with the plan');
  }

  /** Says what is done now. */
  async tell(message: string): Promise<void> {
    if (this.told >= MAX_TOLD) return;
    this.told += 1;
    await this.emit({ type: 'Progress', data: { progress: this.percent, message: short(message) } });
  }
}

const short = (text: string): string => storableText(text.slice(0, MAX_MESSAGE_CHARACTERS));
