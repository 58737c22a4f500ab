import type { Grant } from '#contract';
import type { Usage } from '#task';
import type { ExecutionContext } from '../executor.js';

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

/** What a task may use. When that is used up somebody is asked, and a yes gives it as much again. */
export class Budget {
  private used: Usage;
  private readonly limits: NonNullable<Grant['budget']>;

  /** @param grant what earlier attempts have used counts */
  constructor(
    { budget = {}, usage = NOTHING }: Pick<Grant, 'budget' | 'usage'>,
    private readonly context: Pick<ExecutionContext, 'askApproval' | 'isAnswered'>,
  ) {
    this.limits = budget;
    this.used = usage;
  }

  add({ inputTokens, outputTokens, costUsd }: Usage): void {
    this.used = {
      inputTokens: this.used.inputTokens + inputTokens,
      outputTokens: this.used.outputTokens + outputTokens,
      costUsd: this.used.costUsd + costUsd,
    };
  }

  /** Returns when there is something left; else the task waits, and this attempt is over. */
  async check(): Promise<void> {
    let extensions = 0;
    while (await this.context.isAnswered(`budget:${extensions + 1}`)) extensions += 1;
    if (this.isLeft(extensions + 1)) return;
    await this.context.askApproval(`budget:${extensions + 1}`, this.prompt(extensions + 1));
  }

  private isLeft(times: number): boolean {
    const { maxTokens = Infinity, maxCostUsd = Infinity } = this.limits;
    return this.tokens < maxTokens * times && this.used.costUsd < maxCostUsd * times;
  }

  private prompt(times: number): string {
    const { maxTokens, maxCostUsd } = this.limits;
    const more = [
      ...(maxTokens === undefined ? [] : [`${maxTokens * times} to ${maxTokens * (times + 1)} tokens`]),
      ...(maxCostUsd === undefined ? [] : [`${usd(maxCostUsd * times)} to ${usd(maxCostUsd * (times + 1))}`]),
    ];
    return `The budget is used up: ${this.tokens} tokens and ${usd(this.used.costUsd)} so far. Raise it from ${more.join(' and ')}?`;
  }

  private get tokens(): number {
    return this.used.inputTokens + this.used.outputTokens;
  }
}

const usd = (amount: number): string => `$${amount.toFixed(4)}`;
