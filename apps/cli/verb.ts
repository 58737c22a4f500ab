import { Command, Option } from 'commander';
import { MeshError, isMeshError } from '#errors';
import type { Api } from './api.js';
import type { ApiConnection, Connection, Connector, Need, Opened } from './connection.js';
import type { ConnectOptions } from './endpoint.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { Output } from './output.js';
import type { OutputOptions } from './output.js';
import { plainLog } from './plain-log.js';

export type CommonOptions = ConnectOptions & OutputOptions;

type ApiWork<Result> = (api: Api, connection: ApiConnection) => Promise<Result>;

/** What a verb works with: one call of the CLI. */
export class Call {
  readonly output: Output;

  constructor(
    readonly io: Io,
    readonly options: CommonOptions,
    private readonly connector: Connector,
  ) {
    this.output = new Output(io, options);
  }

  /** Works with a runtime, and leaves it in order however the work ends. */
  async runtime<Result>(
    need: Need | Readonly<{ need: Need; workspace?: string | undefined }>,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const { workspace, ...wanted } = typeof need === 'string' ? { need, workspace: undefined } : need;
    const options = { ...this.connectOptions(), ...(workspace === undefined ? {} : { workspace }) };
    const connection = await this.connector.runtime(wanted.need, options);
    return closing(connection, () => work(connection));
  }

  /** Works with the routes that are no part of the runtime's interface. */
  api<Result>(work: ApiWork<Result>): Promise<Result> {
    return this.throughApi(work, false);
  }

  /** The same, only to read: in a folder without data it makes none. */
  reading<Result>(work: ApiWork<Result>): Promise<Result> {
    return this.throughApi(work, true);
  }

  private async throughApi<Result>(work: ApiWork<Result>, reads: boolean): Promise<Result> {
    const connection = await this.connector.api({ ...this.connectOptions(), reads });
    return closing(connection, () => work(connection.api, connection));
  }

  private connectOptions() {
    const logTo = this.output.json ? {} : { logTo: plainLog(this.output) };
    return { ...this.options, ...logTo, onProgress: (message: string) => this.output.step(message) };
  }
}

async function closing<Result>(opened: Opened, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw opened.signIn !== undefined && isMeshError(error, 'unauthenticated')
      ? new MeshError(error.code, error.message, { ...error.details, hint: opened.signIn }, { cause: error })
      : error;
  } finally {
    await opened.close();
  }
}

/**
 * What a verb does: the call, the command's own options (of the type that its flags make them), the arguments in order.
 * Written as a method, so that each verb may say the type of its own options.
 */
type Work = { work(call: Call, options: object, ...args: string[]): Promise<number | void> }['work'];

/** Where verbs are registered; keeps the exit code of the one that ran. */
export class Verbs {
  exitCode: number = EXIT.done;

  constructor(
    private readonly io: Io,
    private readonly connector: Connector,
  ) {}

  /** An action for commander. */
  action(work: Work) {
    return async (...given: readonly unknown[]): Promise<void> => {
      const command = given.find((item) => item instanceof Command);
      const options: CommonOptions = command?.optsWithGlobals() ?? {};
      const args = given.slice(0, -2) as string[];
      const call = new Call(this.io, options, this.connector);
      try {
        this.exitCode = (await work(call, options, ...args)) ?? EXIT.done;
      } finally {
        call.output.progress.hide();
      }
    };
  }
}

/** A verb registers itself. */
export type Verb = (program: Command, verbs: Verbs) => void;

/** Examples under a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

/** Flags every verb has. */
export const COMMON_OPTIONS: readonly Option[] = [
  new Option('--url <url>', 'address of a server (or CODERCLAW_URL)'),
  new Option('--token <token>', 'token for it (or CODERCLAW_TOKEN, which no process list shows)'),
  new Option(
    '--data-dir <folder>',
    'data folder of a local runtime (default: .coderClaw/data of the repository)',
  ),
  new Option('--json', 'JSON Lines: one object a line, the last is the result'),
  new Option('--quiet', 'nothing but results and errors'),
];
