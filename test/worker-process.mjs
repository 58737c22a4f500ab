/*
 * A worker in a process of its own, run from the sources, whose control plane is the parent process by IPC.
 * argv: the workspace, and the program bwrap if tasks are to run in a box. Tests kill it and stop it.
 */
import { runnerImport } from 'vite';

const libs = new URL('../libs/', import.meta.url).pathname;
const config = {
  configFile: false,
  logLevel: 'silent',
  environments: { inline: { resolve: { conditions: ['coderclaw-source'] } } },
};
const { module } = await runnerImport(`${libs}execution/index.ts`, config);
const { Processes, Worker, ShellExecutor } = module;

const waiting = new Map();
let listener = () => {};
let count = 0;

function ask(kind, body) {
  count += 1;
  process.send({ kind, body, id: count });
  return new Promise((resolve) => waiting.set(count, resolve));
}

process.on('message', ({ id, answer, push }) => {
  if (push) return listener(push);
  waiting.get(id)?.(answer);
  waiting.delete(id);
});

const controlPlane = {
  beat: (body) => ask('beat', body),
  report: (body) => ask('report', body),
  useSkill: (body) => ask('useSkill', body),
  artifact: (body) => ask('artifact', body),
  putArtifact: (body) => ask('putArtifact', body),
  record: (body) => ask('record', body),
  onReconnect: () => {},
  onPush: async (_id, given) => {
    listener = given;
    return async () => {};
  },
};

const [workspace, bwrap] = process.argv.slice(2);
const processes = new Processes(bwrap ? { sandbox: 'bubblewrap', bwrap } : { sandbox: 'none' });
const executors = new Map([['shell', new ShellExecutor({ processes })]]);
const worker = new Worker({ controlPlane, workerId: 'w', executors, workspace });
await worker.start();
