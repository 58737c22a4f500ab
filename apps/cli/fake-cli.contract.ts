import { PassThrough } from 'node:stream';
import type { RuntimeInterface, TaskState, TaskUpdateEvent } from '#contract';
import { runCli } from './cli.js';
import { connector } from './connection.js';
import type { Connection, Connector } from './connection.js';
import type { Io } from './io.js';

/** All that went through a stream so far. */
function textOf(from: PassThrough): () => string {
  const chunks: string[] = [];
  from.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return () => chunks.join('');
}

/** The CLI among fakes: streams that remember, a runtime that follows a script. */
export function fakeIo({ tty = false }: Readonly<{ tty?: boolean }> = {}) {
  const listeners = new Set<() => void>();
  const stream = () => Object.assign(new PassThrough(), { isTTY: tty, setRawMode: () => undefined });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  const io: Io = {
    stdin,
    stdout,
    stderr,
    env: { TERM: 'dumb', NO_COLOR: '1' },
    cwd: '/',
    home: '/nowhere',
    openBrowser: () => undefined,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const interrupt = () => listeners.forEach((listener) => listener());
  return { io, stdin, stdout: textOf(stdout), stderr: textOf(stderr), interrupt };
}

export const TASK_ID = '0198c0de-0000-7000-8000-000000000001';

export const aTaskState = (changes: Partial<TaskState> = {}): TaskState => ({
  id: TASK_ID,
  status: 'completed',
  agentId: 'shell',
  description: 'a task',
  input: 'true',
  createdAt: '2026-11-22T21:00:00.000Z',
  completedAt: '2026-11-22T21:00:01.500Z',
  updatedAt: '2026-11-22T21:00:01.500Z',
  version: 3,
  ownerId: 'me',
  attempt: 1,
  priority: 5,
  artifacts: [],
  ...changes,
});

export const anUpdate = (version: number, changes: Partial<TaskUpdateEvent> = {}): TaskUpdateEvent => ({
  taskId: TASK_ID,
  status: 'running',
  timestamp: '2026-11-22T21:00:00.000Z',
  version,
  type: 'TaskStarted',
  ...changes,
});

export const output = (version: number, text: string, channel = 'stdout'): TaskUpdateEvent =>
  anUpdate(version, { type: 'OutputAppended', output: text, data: { channel, text } });

/** A runtime of which only the scripted methods are there. */
export const scripted = (methods: Partial<RuntimeInterface>): RuntimeInterface =>
  ({ close: async () => {}, ...methods }) as RuntimeInterface;

const connected = (runtime: RuntimeInterface, changes: Partial<Connection> = {}): Connector => ({
  runtime: async () => ({
    runtime,
    inProcess: false,
    served: true,
    flags: '',
    close: () => runtime.close(),
    ...changes,
  }),
  api: () => Promise.reject(new Error('no HTTP in this script')),
});

/** Runs a command line among fakes. */
export function cli(
  argv: readonly string[],
  runtime: RuntimeInterface,
  options: Partial<Connection> & { tty?: boolean } = {},
) {
  const { tty = false, ...connection } = options;
  const fake = fakeIo({ tty });
  return { ...fake, exitCode: runCli(argv, fake.io, connected(runtime, connection)) };
}

/** The real CLI, with its files in a folder. */
export function cliIn(folder: string) {
  /** Starts a command line; its streams can be written to and read while it runs. */
  const start = (argv: readonly string[], changes: Partial<Io> & { tty?: boolean } = {}) => {
    const { tty = false, ...rest } = changes;
    const fake = fakeIo({ tty });
    const io: Io = { ...fake.io, cwd: folder, home: folder, ...rest };
    return { ...fake, exitCode: runCli(argv, io, connector(io)) };
  };
  /** Runs a command line to its end. */
  const run = async (argv: readonly string[], stdin = '', changes: Partial<Io> = {}) => {
    const call = start(argv, changes);
    call.stdin.end(stdin);
    const exitCode = await call.exitCode;
    return { exitCode, stdout: call.stdout(), stderr: call.stderr() };
  };
  return { start, run };
}
