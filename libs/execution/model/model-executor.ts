import type { Grant } from '#contract';
import { MeshError } from '#errors';
import type { ModelAgent } from '#registry';
import { Executor } from '../executor.js';
import type { ExecutionContext, Outcome } from '../executor.js';
import { ModelAttempt } from './attempt.js';
import { chooseModel } from './choose-model.js';
import { openModel } from './language-model.js';
import type { ModelOptions } from './options.js';

/**
 * Runs agents that are a model with instructions and tools: it plans, then answers and uses tools in turn until it asks
 * for none. Each call and each use is a durable step.
 */
export class ModelExecutor extends Executor {
  override readonly plans = true;
  private readonly agents: ReadonlyMap<string, ModelAgent>;

  constructor(private readonly options: ModelOptions) {
    super();
    this.agents = new Map(options.agents.map((agent) => [agent.id, agent]));
  }

  override open(): Promise<void> {
    return this.options.shell.open();
  }

  override async close(): Promise<void> {
    await Promise.all([this.options.shell.close(), this.options.mcp?.close()]);
  }

  override async run(grant: Grant, context: ExecutionContext): Promise<Outcome> {
    const { settings, access } = this.options;
    const agent = this.agents.get(grant.agentId);
    if (!agent) throw new MeshError('unsupported', `no model agent is called "${grant.agentId}"`);
    void context.emit({ type: 'Planning', data: {} });
    const open = await openModel(chooseModel(grant, settings, access), access, context.signal);
    return new ModelAttempt({ ...this.options, grant, context, agent, open }).run();
  }
}
