import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startAcpWorker } from './acp/acp-in-test.contract.js';
import { EchoExecutor } from './echo.js';
import { executorContract } from './executor.contract.js';
import type { Executor } from './executor.js';
import { startHttpWorker, taskIn } from './http/http-in-test.contract.js';
import type { Answering } from './http/http-in-test.contract.js';
import { startModelWorker } from './model/model-in-test.contract.js';
import { ScriptedControlPlane } from './scripted-control-plane.contract.js';
import type { ChatRequest } from '#test/model-server';
import { A_PLAN } from '#test/model-server';
import { Processes } from './sandbox/processes.js';
import { ShellExecutor } from './shell.js';
import { startWorker } from './worker-in-test.contract.js';

const agentId = 'tested';

async function workerWith(executor: Executor) {
  const plane = new ScriptedControlPlane();
  await startWorker({ executors: new Map([[agentId, executor]]), workspace: process.cwd() }, plane);
  const grant = (input: string, more = {}) => plane.grant(input, { agentId, ...more });
  return { plane, grant };
}

executorContract(
  'echo',
  async () => ({
    ...(await workerWith(new EchoExecutor())),
    completing: { input: 'hello', output: 'hello' },
  }),
  [],
);

executorContract('shell', async () => {
  const processes = new Processes({ sandbox: 'none' });
  onTestFinished(() => processes.close());
  const { plane, grant } = await workerWith(new ShellExecutor({ processes }));
  return {
    plane,
    grant,
    completing: { input: 'echo hello', output: 'hello\n' },
    failing: { input: 'exit 3', error: /exited with code 3/ },
    streaming: { input: 'for i in 1 2 3 4 5; do echo $i; done', whole: '1\n2\n3\n4\n5\n' },
    endless: {
      input: 'echo up; while :; do sleep 1; done',
      runs: (task) => plane.output(task).includes('up'),
    },
  };
});

const never = new Promise<void>(() => {});

/** The model does what its task says. */
function obey({ messages }: ChatRequest) {
  if (!messages.some(({ role }) => role === 'assistant')) return A_PLAN;
  const task = JSON.stringify(messages);
  if (task.includes('do fail')) return { status: 401 };
  return {
    pieces: ['one ', 'two ', 'three'],
    ...(task.includes('do hang') && { hold: { before: 1, until: never } }),
  };
}

executorContract('model', async () => {
  const { plane, grant } = await startModelWorker(obey);
  return {
    plane,
    grant,
    completing: { input: 'do it', output: 'one two three' },
    failing: { input: 'do fail', error: /refused the key/ },
    streaming: { input: 'do it', whole: 'one two three' },
    endless: { input: 'do hang', runs: (task) => plane.output(task).includes('one') },
  };
});

executorContract('acp', async () => {
  const { plane, workspace, grant } = await startAcpWorker();
  const doing = (input: string, more = {}) => grant(JSON.parse(input) as never, more);
  const file = join(workspace, 'cancelled');
  return {
    plane,
    grant: doing,
    completing: { input: '[["say", "hello"]]', output: 'hello' },
    failing: { input: '[["stop", "refusal"]]', error: /refuses to go on/ },
    streaming: {
      input: '[["say", "one "], ["say", "two "], ["pause"], ["say", "three"]]',
      whole: 'one two three',
    },
    endless: {
      input: JSON.stringify([['say', 'up'], ['hang', file], ['deaf']]),
      runs: (task) => plane.output(task).includes('up'),
    },
  };
});

/** The agent does what its task says. */
async function answer({ posted, send, lines, response }: Answering) {
  const { input } = taskIn(posted);
  if (input === 'do fail') await lines({ type: 'failed', error: 'it would not do' });
  else if (input === 'do hang') {
    await lines({ type: 'output', text: 'one ' });
    await never;
  } else if (input === 'do lines')
    await lines({ type: 'output', text: 'one ' }, { type: 'output', text: 'two' }, { type: 'completed' });
  else await send('text/plain', 'one ', 'two');
  response.end();
}

executorContract('http', async () => {
  const { plane, grant } = await startHttpWorker(answer);
  return {
    plane,
    grant,
    completing: { input: 'do it', output: 'one two' },
    failing: { input: 'do fail', error: /it would not do/ },
    streaming: { input: 'do lines', whole: 'one two' },
    endless: { input: 'do hang', runs: (task) => plane.output(task).includes('one') },
  };
});
