import type { Grant } from '#contract';
import { MeshError } from '#errors';
import { Executor } from '../executor.js';
import type { ExecutionContext, Outcome } from '../executor.js';
import type { Processes } from '../sandbox/processes.js';
import type { AcpAgent } from './acp-agent.js';
import { haveTurn } from './attempt.js';
import type { Said } from './conversation.js';

export type AcpOptions = Readonly<{
  /** By the id that tasks name. */
  agents: ReadonlyMap<string, AcpAgent>;
  /** What starts them, for as long as the executor is open: it does not close it. */
  processes: Processes;
  /** How long one may take until it answers for the first time. @default 60 s */
  startWithinMs?: number | undefined;
}>;

/** The one step of an attempt. */
const TURN = 'acp:turn';

/** Why a turn may stop that did not come to its end. */
const STOPPED: Readonly<Record<string, string>> = {
  max_tokens: 'its model was cut off at its limit of tokens: make the task smaller, or raise that limit',
  max_turn_requests:
    'it called its model as often as it may in one turn: make the task smaller, or raise its limit',
  refusal: 'it refuses to go on with this task',
  cancelled: 'it says that it was cancelled, which this runtime did not do',
};

/**
 * Runs programs that speak the Agent Client Protocol as agents: one process and one turn an attempt, in a box where there
 * is one. The turn is one durable step: an attempt after one that died in it has it anew.
 */
export class AcpExecutor extends Executor {
  constructor(private readonly options: AcpOptions) {
    super();
  }

  override async open(): Promise<void> {
    await this.options.processes.open();
  }

  override async run(grant: Grant, context: ExecutionContext): Promise<Outcome> {
    const { agents, processes, startWithinMs } = this.options;
    const agent = agents.get(grant.agentId);
    if (!agent) throw new MeshError('unsupported', `no ACP agent is called "${grant.agentId}"`);
    await processes.ready();
    const key = await turnKey(grant, context);
    const said = await context.step<Said>(key, 'acp', async (output) => ({
      result: await haveTurn({ agent, grant, context, processes, startWithinMs }, output),
    }));
    return outcomeOf(said);
  }
}

/** A turn on record is not had again, unless the files that it changed were in the folder of another attempt. */
const turnKey = async (
  { attempt }: Grant,
  { isDone, isNew }: Pick<ExecutionContext, 'isDone' | 'isNew'>,
): Promise<string> => (isNew && (await isDone(TURN)) ? `${TURN}:${attempt}` : TURN);

function outcomeOf({ stopReason, text: output }: Said): Outcome {
  if (stopReason === 'end_turn') return { type: 'Completed', data: { output } };
  const why = STOPPED[stopReason] ?? `it stopped for a reason that this runtime does not know: ${stopReason}`;
  return {
    type: 'Failed',
    data: { error: `the agent stopped (${stopReason}): ${why}`.slice(0, 1_000), output },
  };
}
