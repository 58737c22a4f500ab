import { EventEmitter, once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import type { TaskHistoryEvent } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';
import { A_PLAN, startModelServer } from '#test/model-server';
import type { ChatReply, ChatRequest, ModelServer } from '#test/model-server';

const LEASE_MS = 2_000;

const FIRST: ChatReply = {
  pieces: ['I read ', 'and write.'],
  calls: [
    { name: 'read-file', input: { path: 'question.txt' } },
    { name: 'edit-file', input: { path: 'answer.txt', replace: '42\n' } },
  ],
};
const LAST = ['The answer ', 'is in ', 'answer.txt', ': 42.'];
const WHOLE = `I read and write.\n\n${LAST.join('')}`;

/** Which call of the task it is: the plan, the one that uses tools, the last. */
const turnOf = ({ messages }: ChatRequest) => messages.filter(({ role }) => role === 'assistant').length;

const streamed = (events: readonly TaskHistoryEvent[]) =>
  events.flatMap(({ type, data }) => (type === 'OutputAppended' ? [data['text'] as string] : [])).join('');

const stepsIn = (events: readonly TaskHistoryEvent[]) =>
  events.flatMap(({ type, data }) => (type === 'StepRecorded' ? [data['key'] as string] : []));

const STEPS = ['plan', 'model:1', 'tool:1.1', 'tool:1.2:planned', 'tool:1.2', 'model:2'];

describe('a model agent, in processes of its own', () => {
  let server: ModelServer;
  let deployment: Deployment;
  let client: HTTPTransportAdapter;
  let hold: ChatReply['hold'];
  let url: string;
  let archive: string;

  beforeEach(async () => {
    hold = undefined;
    server = await startModelServer((request) => {
      const turn = turnOf(request);
      if (turn === 0) return A_PLAN;
      return turn === 1 ? FIRST : { pieces: LAST, ...(hold && { hold }) };
    });
    const env = { CODERCLAW_LEASE_MS: String(LEASE_MS), OPENAI_BASE_URL: server.url };
    deployment = await aDeployment('remote-enabled', { env });
    const api = await deployment.start({ roles: 'api,projector' });
    ({ url } = api);
    client = await deployment.client(api.port);
    archive = await aQuestion();
  });
  afterEach(async () => {
    await deployment.close();
    await server.close();
  });

  const startWorker = (id: string) => deployment.start({ roles: 'worker', env: { CODERCLAW_WORKER_ID: id } });
  const submit = () =>
    client.submitTask({
      description: 'answer',
      input: 'answer the question',
      agentId: 'code-creator',
      workspace: { archive },
    });

  /** What the agent is to work on, put ahead of its task. */
  async function aQuestion(): Promise<string> {
    const [cwd, file] = [deployment.folder, join(deployment.folder, 'question.tar')];
    await writeFile(join(cwd, 'question.txt'), 'what is it?');
    await create({ cwd, file }, ['question.txt']);
    const put = await deployment.fetch(`${url}/v1/artifacts`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(await readFile(file)),
    });
    return ((await put.json()) as { digest: string }).digest;
  }

  it('plans, uses two tools, streams, completes, and leaves a diff of what it edited', async () => {
    await startWorker('only');
    const task = await submit();
    const [state] = await checkRecord(client, [task.id]);
    expect(state).toMatchObject({ status: 'completed', attempt: 1, output: LAST.join('') });
    expect(state?.usage).toMatchObject({ inputTokens: 30, outputTokens: 15 });
    const events = await client.getTaskEvents(task.id);
    expect([stepsIn(events), streamed(events)]).toEqual([STEPS, WHOLE]);
    expect(events.find(({ type }) => type === 'PlanRecorded')?.data['steps']).toEqual(['Look', 'Answer']);
    expect(state?.artifacts.map(({ name }) => name)).toEqual(['workspace.diff']);
    const diff = await deployment.fetch(`${url}/v1/tasks/${task.id}/artifacts/workspace.diff`);
    expect(await diff.text()).toMatch(/^\+\+\+ b\/answer\.txt\n@@.*\n\+42$/m);
    expect(JSON.stringify(server.asked.at(-1)?.messages)).toContain('what is it?');
  }, 180_000);

  it('killed with -9 in its second call, makes no finished call again; no gap and no repeat in what it says', async () => {
    const released = new EventEmitter();
    hold = { before: 2, until: once(released, 'release') };
    const first = await startWorker('first');
    const task = await submit();
    await eventually('half of the last answer is on record', async () =>
      streamed(await client.getTaskEvents(task.id)).endsWith('The answer is in '),
    );
    await startWorker('second');
    await first.kill();
    hold = undefined;
    released.emit('release');
    const [state] = await checkRecord(client, [task.id]);
    expect(state).toMatchObject({ status: 'completed', attempt: 2, output: LAST.join('') });
    const events = await client.getTaskEvents(task.id);
    expect([stepsIn(events), streamed(events)]).toEqual([STEPS, WHOLE]);
    expect(server.asked.map(turnOf)).toEqual([0, 1, 2, 2]);
  }, 180_000);

  it('asks when its budget is used up, holds no worker meanwhile, and goes on after a yes', async () => {
    await startWorker('only');
    const asked = { description: 'answer', input: 'x', agentId: 'code-creator', budget: { maxTokens: 20 } };
    const task = await client.submitTask(asked);
    const waiting = await eventually('it waits', async () => {
      const state = await client.getTaskState(task.id);
      return state?.status === 'waiting' && state;
    });
    expect(waiting.waiting).toMatchObject({ kind: 'approval', prompt: expect.stringContaining('30 tokens') });
    expect(server.asked).toHaveLength(2);
    await client.resumeTask(task.id, { approved: true });
    const [state] = await checkRecord(client, [task.id]);
    expect(state).toMatchObject({ status: 'completed', attempt: 2 });
    expect(server.asked).toHaveLength(3);
    expect(streamed(await client.getTaskEvents(task.id))).toBe(WHOLE);
  }, 180_000);
});
