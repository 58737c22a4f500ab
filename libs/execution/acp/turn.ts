import type {
  ReadTextFileRequest,
  ReadTextFileResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  ToolKind,
  WriteTextFileRequest,
  WriteTextFileResponse,
} from '@agentclientprotocol/sdk';
import { MAX_TASK_OUTPUT_BYTES } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { ExecutionContext } from '../executor.js';
import { Tail } from '../output/tail.js';
import { shownWhole } from '../shown-whole.js';
import type { StepOutput } from '../steps/step-output.js';
import { readForAgent, writeForAgent } from './files.js';
import { InTurn } from './in-turn.js';
import { Progress } from './progress.js';
import { SkillAsker, choiceOf, skillOf } from './skills.js';
import { updateOf } from './updates.js';
import type { ToolSaid, Update } from './updates.js';

export type TurnOptions = Readonly<{
  context: Pick<ExecutionContext, 'emit' | 'signal' | 'useSkill'>;
  skills: readonly string[];
  /** Its real path. */
  workspace: string;
  output: Pick<StepOutput, 'write'>;
}>;

type Hear = {
  readonly [Kind in Update['sessionUpdate']]: (
    update: Extract<Update, { sessionUpdate: Kind }>,
  ) => Promise<void> | void;
};

/** Uses of tools of which it is remembered what they are. */
const MAX_TOOLS = 1_000;
const MAX_INPUT_SHOWN = 600;

/** What an agent says and asks for in one turn, taken one after the other in the order it came. */
export class Turn {
  /** Rejects when something came up that ends the attempt. */
  readonly broken: Promise<never>;

  private readonly queue = new InTurn();
  private readonly tail = new Tail(MAX_TASK_OUTPUT_BYTES);
  private readonly progress: Progress;
  private readonly asker: SkillAsker;
  private readonly tools = new Map<string, ToolSaid>();
  /** Whether the next text follows a tool. */
  private parted = false;
  private isEmpty = true;
  private over = false;
  private wasBroken = false;
  private break: (error: unknown) => void = () => {};

  constructor(private readonly options: TurnOptions) {
    this.progress = new Progress(options.context.emit);
    this.asker = new SkillAsker(options.skills, options.context.useSkill, options.workspace);
    this.broken = new Promise((_resolve, reject) => {
      this.break = reject;
    });
    this.broken.catch(() => {}); // for when nobody waits for it
  }

  /** Whether that has happened. */
  get isBroken(): boolean {
    return this.wasBroken;
  }

  /** Takes nothing more. */
  close(): void {
    this.over = true;
  }

  /** The end of all it has said. */
  get text(): string {
    return this.tail.text();
  }

  /** Resolves when all that came so far was taken. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  /** Takes a `session/update`. Does not throw. */
  update(params: unknown): void {
    const update = updateOf(params);
    if (!update) return;
    const hear = this.hear[update.sessionUpdate] as (update: Update) => Promise<void> | void;
    void this.inTurn(async () => hear(update)).catch(() => {}); // `broken` tells
  }

  /** Answers with the one-time option that the policy allows, or that rejects. */
  permission({ options, toolCall }: RequestPermissionRequest): Promise<RequestPermissionResponse> {
    return this.inTurn(async () => {
      const said = this.remember(toolCall);
      const detail = [said.kind, said.title, said.rawInput];
      const isAllowed = await this.isAllowed(skillOf(said.kind as ToolKind), whatOf(said), detail);
      const optionId = choiceOf(options, isAllowed);
      return { outcome: optionId === null ? { outcome: 'cancelled' } : { outcome: 'selected', optionId } };
    });
  }

  /** @throws {MeshError} for the agent to hear */
  read(request: ReadTextFileRequest): Promise<ReadTextFileResponse> {
    return this.inTurn(async () => {
      await this.asker.ask('read-file', request.path);
      return { content: await readForAgent(this.options.workspace, request) };
    });
  }

  /** @throws {MeshError} for the agent to hear */
  write(request: WriteTextFileRequest): Promise<WriteTextFileResponse> {
    return this.inTurn(async () => {
      await this.asker.ask('edit-file', request.path, [request.path, request.content]);
      await writeForAgent(this.options.workspace, request);
      return {};
    });
  }

  /** Nothing is taken any more once the attempt is over. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.queue.run(async () => {
      this.options.context.signal.throwIfAborted();
      if (this.over) throw new MeshError('fenced', 'the turn is over');
      try {
        return await work();
      } catch (error) {
        if (!isMeshError(error) || !TOLD.has(error.code)) {
          this.over = true;
          this.wasBroken = true;
          this.break(error);
        }
        throw error;
      }
    });
  }

  private readonly hear: Hear = {
    agent_message_chunk: async ({ content: { text = '' } }) => {
      if (text === '') return;
      const piece = this.parted && !this.isEmpty ? `\n\n${text}` : text;
      this.parted = false;
      this.isEmpty = false;
      this.tail.push(piece);
      await this.options.output.write(piece);
    },
    tool_call: async (call) => {
      this.parted = true;
      await this.progress.tell(titleOf(this.remember(call)));
    },
    tool_call_update: async (call) => {
      const said = this.remember(call);
      if (call.status === 'failed') await this.progress.tell(`failed: ${titleOf(said)}`);
    },
    plan: (plan) => this.progress.plan(plan),
  };

  private remember({ toolCallId, ...said }: ToolSaid & Readonly<{ toolCallId: string }>): ToolSaid {
    const before = this.tools.get(toolCallId);
    const known = {
      title: said.title ?? before?.title,
      kind: said.kind ?? before?.kind,
      rawInput: said.rawInput ?? before?.rawInput,
    };
    if (before || this.tools.size < MAX_TOOLS) this.tools.set(toolCallId, known);
    return known;
  }

  private async isAllowed(skill: string, what: string, detail: unknown): Promise<boolean> {
    try {
      await this.asker.ask(skill, what, detail);
      return true;
    } catch (error) {
      if (isMeshError(error, 'access_denied')) return false;
      throw error;
    }
  }
}

/** What an agent can mend: it is told. Anything else ends the attempt. */
const TOLD: ReadonlySet<string> = new Set([
  'access_denied',
  'invalid_request',
  'not_found',
  'payload_too_large',
]);

const titleOf = ({ title, kind }: ToolSaid): string => title ?? kind ?? 'a tool';

/** Who is to approve it sees what the tool is given, not only what the agent calls it. */
function whatOf(said: ToolSaid): string {
  const given = said.rawInput === undefined ? '' : ` ${JSON.stringify(said.rawInput)}`;
  return shownWhole(`${titleOf(said)}${given}`, MAX_INPUT_SHOWN);
}
