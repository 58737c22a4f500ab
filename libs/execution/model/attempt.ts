import type { ModelMessage, ToolSet } from 'ai';
import { MAX_TASK_OUTPUT_BYTES } from '#contract';
import type { Grant } from '#contract';
import { MeshError } from '#errors';
import type { ModelAgent } from '#registry';
import type { ExecutionContext, Outcome } from '../executor.js';
import { Tail } from '../output/tail.js';
import { look } from '../sandbox/look.js';
import type { StepWork } from '../steps/steps.js';
import type { AgentTool, ToolContext } from '../tools/tool.js';
import { builtInTools, useAgain, useTool } from '../tools/toolbox.js';
import { Budget } from './budget.js';
import { callModel } from './call-model.js';
import type { Reply } from './call-model.js';
import {
  BEGIN_MESSAGE,
  GO_ON_MESSAGE,
  PLAN_MESSAGE,
  callsOf,
  messagesOf,
  planOf,
  resultsMessage,
  systemOf,
  taskMessage,
  textOf,
  toolSetOf,
} from './conversation.js';
import type { ToolCall } from './conversation.js';
import { callFailure } from './failure.js';
import type { OpenModel } from './language-model.js';
import type { ModelOptions } from './options.js';

export type AttemptOptions = Omit<ModelOptions, 'agents'> &
  Readonly<{ grant: Grant; context: ExecutionContext; agent: ModelAgent; open: OpenModel }>;

const DEFAULT_MAX_TURNS = 50;

/** One attempt of a model agent at a task. What earlier ones have finished is read from the record, and not done again. */
export class ModelAttempt {
  private readonly messages: ModelMessage[];
  private readonly budget: Budget;
  private tools: readonly AgentTool[] = [];

  constructor(private readonly options: AttemptOptions) {
    const { grant, context } = options;
    this.messages = [taskMessage(grant)];
    this.budget = new Budget(grant, context);
  }

  async run(): Promise<Outcome> {
    const { settings, context } = this.options;
    await this.plan();
    void context.emit({ type: 'Started', data: {} });
    this.tools = await this.findTools();
    const tools = await toolSetOf(this.tools);
    const maxTurns = settings.maxTurns ?? DEFAULT_MAX_TURNS;
    let answer = '';
    for (let turn = 1; turn <= maxTurns; turn++) {
      const reply = await this.call(`model:${turn}`, tools, separated(answer));
      answer = textOf(reply);
      const isOver = await this.answered(reply, turn);
      if (isOver) return outcomeOf(reply, answer);
    }
    const error = `stopped: it called its model ${maxTurns} times without coming to an end (models.maxTurns)`;
    return { type: 'Failed', data: { error, output: outputOf(answer) } };
  }

  /** What its servers offer is as good as its own; one that cannot be used is told of, and done without. */
  private async findTools(): Promise<readonly AgentTool[]> {
    const { agent, context, mcp } = this.options;
    const own = builtInTools(agent.skills);
    if (!mcp) return own;
    const { tools, problems } = await mcp.toolsOf(agent.skills, context.signal);
    for (const message of problems) void context.emit({ type: 'Progress', data: { progress: 0, message } });
    return [...own, ...tools];
  }

  private async plan(): Promise<void> {
    const { context } = this.options;
    this.messages.push(PLAN_MESSAGE);
    const reply = await this.call('plan', {}, (work) => async () => {
      const done = await work({ write: () => Promise.resolve() }); // a plan is told as one
      void context.emit({ type: 'Plan', data: { steps: planOf(textOf(done.result)) } });
      return done;
    });
    this.messages.push(...messagesOf(reply), BEGIN_MESSAGE);
  }

  /** Calls the model, within the budget. What passes by itself is tried again later, by another attempt. */
  private async call(
    key: string,
    tools: ToolSet,
    wrap: (work: StepWork<Reply>) => StepWork<Reply>,
  ): Promise<Reply> {
    const { access, agent, context, grant, open, settings } = this.options;
    if (!(await context.isDone(key))) await this.budget.check();
    const system = systemOf(agent);
    const { signal } = context;
    const { thinking } = grant;
    const { prices } = settings;
    const work = wrap(callModel({ open, system, messages: this.messages, tools, signal, thinking, prices }));
    return context.step(key, key === 'plan' ? 'plan' : 'model', async (output) => {
      try {
        const done = await work(output);
        if (done.usage) this.budget.add(done.usage);
        return done;
      } catch (error) {
        signal.throwIfAborted();
        throw callFailure(error, open, access);
      }
    });
  }

  /** Takes a reply into the conversation, and does what it asks for. @returns whether it asks for nothing more */
  private async answered(reply: Reply, turn: number): Promise<boolean> {
    this.messages.push(...messagesOf(reply));
    const calls = callsOf(reply);
    if (calls.length > 0) {
      const results = [];
      for (const [index, call] of calls.entries())
        results.push({ call, answer: await this.use(call, `tool:${turn}.${index + 1}`) });
      this.messages.push(resultsMessage(results));
      return false;
    }
    const goesOn = reply.finish === 'length' || messagesOf(reply).at(-1)?.role === 'tool';
    if (reply.finish === 'length') this.messages.push(GO_ON_MESSAGE);
    return !goesOn;
  }

  private async use({ toolName, input }: ToolCall, key: string): Promise<string> {
    const { isDone, isNew, step, useSkill } = this.options.context;
    const [call, context] = [{ name: toolName, input }, this.toolContext(key)];
    const allow = (skillId: string, what: string) => useSkill(skillId, { key, what });
    const wasDone = isNew && (await isDone(key));
    const answer = await step(key, kindOf(toolName), async () => ({
      result: await useTool(call, this.tools, allow, context),
    }));
    if (wasDone) await useAgain(call, answer, context);
    return answer;
  }

  private toolContext(key: string): ToolContext {
    const { context, grant, processes, shell, fetch = 'public' } = this.options;
    const { isDone, lease, signal, step, workspace } = context;
    /** The skill has been asked for, and what it prints is told to the model. */
    const command = (line: string, until: AbortSignal) =>
      shell.run(
        { ...grant, input: line },
        { ...context, signal: until, emit: () => Promise.resolve(), useSkill: () => Promise.resolve() },
      );
    const looking = (argv: readonly string[], env: Readonly<Record<string, string>>) =>
      look(processes, { argv, workspace, env, lease, signal });
    return { signal, step, isDone, workspace, key, command, look: looking, fetch };
  }
}

/** Puts a line between what a model said before a tool and what it says after it. */
const separated =
  (before: string) =>
  (work: StepWork<Reply>): StepWork<Reply> =>
  (output) => {
    let begun = before === '';
    return work({
      write: (text) => {
        const first = begun ? '' : '\n\n';
        begun = true;
        return output.write(first + text);
      },
    });
  };

/** A model may call a tool by any name. */
const kindOf = (toolName: string): string => toolName.replaceAll(/[^\w-]/g, '_').slice(0, 64) || 'tool';

const outputOf = (text: string): string => {
  const tail = new Tail(MAX_TASK_OUTPUT_BYTES);
  tail.push(text);
  return tail.text();
};

function outcomeOf({ finish }: Reply, answer: string): Outcome {
  const output = outputOf(answer);
  if (finish === 'content-filter')
    return { type: 'Failed', data: { error: 'the provider withheld the answer of the model', output } };
  if (answer.trim() === '') throw new MeshError('invalid_request', 'the model answered with nothing');
  return { type: 'Completed', data: { output } };
}
