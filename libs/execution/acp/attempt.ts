import { realpath } from 'node:fs/promises';
import type { Grant } from '#contract';
import { MeshError } from '#errors';
import { commandLineOf } from '../command-line.js';
import type { ExecutionContext } from '../executor.js';
import type { Processes } from '../sandbox/processes.js';
import type { StepOutput } from '../steps/step-output.js';
import type { AcpAgent } from './acp-agent.js';
import { AgentProcess } from './agent-process.js';
import { clientOf, converse } from './conversation.js';
import type { Said } from './conversation.js';
import { Ending } from './ending.js';
import { agentFailure } from './failure.js';
import { Turn } from './turn.js';

export type AcpAttempt = Readonly<{
  agent: AcpAgent;
  grant: Grant;
  context: ExecutionContext;
  processes: Processes;
  startWithinMs?: number | undefined;
}>;

/**
 * Starts an agent, has one turn with it, and ends it: nothing of it runs when this is over.
 *
 * @throws {MeshError} `unsupported` with what to do for an agent that cannot be worked with; whatever ends the attempt
 */
export async function haveTurn(attempt: AcpAttempt, output: Pick<StepOutput, 'write'>): Promise<Said> {
  const { agent, context, grant, processes, startWithinMs } = attempt;
  const workspace = await realFolder(context.workspace);
  const turn = new Turn({ context, skills: agent.skills, workspace, output });
  const process = new AgentProcess(processes, requestOf(attempt, workspace), turn);
  const connection = (await clientOf(turn)).connect(process.stream);
  const running = await process.started();
  context.lease.onRenewed(running.renew);
  const ending = new Ending({ agent: connection.agent, context, kill: running.kill });
  const conversation = converse({
    agent: connection.agent,
    grant,
    onSession: (id) => ending.opened(id),
    startWithinMs,
    turn,
    workspace,
  });
  const came = await cameOf(Promise.race([conversation, turn.broken]));
  const { end } = process;
  turn.close();
  ending.now();
  const { leaseOver } = await process.gone;
  context.signal.throwIfAborted();
  if (leaseOver) throw new MeshError('unavailable', 'the lease ended before the agent did');
  if ('said' in came) return came.said;
  if (turn.isBroken) throw came.error;
  throw agentFailure(came.error, { agentId: grant.agentId, agent, end, complaints: process.complaints });
}

/** What it came to, as a value: either way the agent is to be ended first. */
const cameOf = (said: Promise<Said>): Promise<Readonly<{ said: Said }> | Readonly<{ error: unknown }>> =>
  said.then(
    (value) => ({ said: value }),
    (error: unknown) => ({ error }),
  );

/** What its files are asked for by, in a box too. */
const realFolder = (folder: string): Promise<string> =>
  realpath(folder).catch(() => {
    throw new MeshError('invalid_request', `the workspace ${folder} does not exist`);
  });

const requestOf = ({ agent, context, grant }: AcpAttempt, workspace: string) => ({
  command: commandLineOf(agent.command),
  workspace,
  artifacts: context.artifacts,
  env: { CODERCLAW_TASK_ID: grant.taskId },
  secrets: agent.env,
  remainingMs: context.lease.remainingMs,
});
