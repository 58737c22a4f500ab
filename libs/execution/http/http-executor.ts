import type { IncomingMessage } from 'node:http';
import { SystemClock } from '#contract';
import type { Clock, Grant } from '#contract';
import { MeshError } from '#errors';
import { Executor } from '../executor.js';
import type { ExecutionContext, Outcome } from '../executor.js';
import { storableText } from '../steps/storable.js';
import { readerOf } from './answer.js';
import { piecesOf } from './body.js';
import { refusalOf } from './failure.js';
import type { Listener } from './lines.js';
import { post } from './post.js';
import { requestOf } from './request.js';
import type { HttpAgent } from './request.js';

export type HttpOptions = Readonly<{
  /** Where the tasks of each agent are posted to, by its id. */
  agents: ReadonlyMap<string, HttpAgent>;
  clock?: Clock | undefined;
}>;

/** The step that the answer of an agent is. */
const STEP = 'http:answer';

/**
 * Runs agents that are programs elsewhere: posts each attempt to the agent's address, and the answer is its outcome. It
 * is one durable step: an answer that is on record is not asked for again.
 */
export class HttpExecutor extends Executor {
  override readonly worksOnFiles = false;
  private readonly clock: Clock;

  constructor(private readonly options: HttpOptions) {
    super();
    this.clock = options.clock ?? new SystemClock();
  }

  override run(grant: Grant, context: ExecutionContext): Promise<Outcome> {
    const agent = this.options.agents.get(grant.agentId);
    if (!agent) throw new MeshError('unsupported', `no http agent is called "${grant.agentId}"`);
    const { emit, signal, step } = context;
    return step(STEP, 'http', async (output) => {
      const listener = { write: (text: string) => output.write(text), progress: progressBy(emit) };
      return { result: await this.answerOf(agent, grant, signal, listener) };
    });
  }

  private async answerOf(
    { url, secret }: HttpAgent,
    grant: Grant,
    signal: AbortSignal,
    listener: Listener,
  ): Promise<Outcome> {
    let response: IncomingMessage | undefined;
    try {
      response = await post(url, requestOf(grant, secret, this.clock.now()), signal);
      if (response.statusCode !== 200) throw await refusalOf(response);
      const read = readerOf(response.headers);
      return await read(piecesOf(response), listener);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      response?.destroy(); // of an answer that was not read to its end, nothing more is wanted
    }
  }
}

/** As often as an attempt may tell how far it is: each time is an event of the task's. */
const MAX_TOLD = 500;

function progressBy(emit: ExecutionContext['emit']): Listener['progress'] {
  let told = 0;
  return async (progress, message) => {
    told += 1;
    if (told > MAX_TOLD) return;
    await emit({
      type: 'Progress',
      data: { progress, ...(message === undefined ? {} : { message: storableText(message) }) },
    });
  };
}
