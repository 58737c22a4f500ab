import { get } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { aDeployment, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';

const LINES = 40;
const COMMAND = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo line $i; sleep 0.02; done`;

/** Ids of whole events; the last one may be cut off. */
const idsIn = (text: string) =>
  text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => /^id: ?(\d+)$/m.exec(block)?.slice(1).map(Number) ?? []);

describe.each(['local-only', 'remote-enabled'] as const)('server-sent events of a %s server', (mode) => {
  let deployment: Deployment;
  let client: HTTPTransportAdapter;
  let url: string;

  beforeAll(async () => {
    deployment = await aDeployment(mode);
    const server = await deployment.start();
    ({ url } = server);
    client = await deployment.client(server.port);
  });
  afterAll(() => deployment.close());

  const open = async (taskId: string, lastEventId?: number): Promise<IncomingMessage> => {
    const headers = {
      authorization: `Bearer ${await deployment.token()}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    };
    const [response] = (await once(
      get(`${url}/v1/tasks/${taskId}/stream`, { headers, agent: false }),
      'response',
    )) as [IncomingMessage];
    return response;
  };

  it('go on where the connection was cut: every event once, in order, to the end', async () => {
    const { id } = await client.submitTask({ description: 'counts', input: COMMAND });
    const seen: number[] = [];
    for (let connections = 0; ; connections++) {
      const response = await open(id, seen.at(-1));
      let text = '';
      for await (const chunk of response) {
        text += String(chunk);
        if (connections < 5 && idsIn(text).length >= 2) break;
      }
      response.destroy();
      seen.push(...idsIn(text));
      if (text.includes('TaskCompleted')) break;
      expect(connections).toBeLessThan(50);
    }
    const { version } = (await client.getTaskState(id)) ?? { version: 0 };
    expect(seen).toEqual(Array.from({ length: version }, (_, index) => index + 1));
  }, 60_000);

  it('wait for a slow reader and still bring the end', async () => {
    const { id } = await client.submitTask({
      description: 'says much',
      input: `node -e "for (let i = 0; i < 20000; i++) console.log('line ' + i + ' ' + 'x'.repeat(60))"`,
    });
    const response = await open(id);
    response.pause();
    const state = await eventually(
      'it has ended',
      async () => {
        const now = await client.getTaskState(id);
        return now?.status === 'completed' && now;
      },
      60_000,
    );
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(idsIn(text)).toEqual(Array.from({ length: state.version }, (_, index) => index + 1));
    expect(text).toContain('line 19999 ');
  }, 120_000);

  it('are a 404 for a task that does not exist', async () => {
    const response = await open('01890000-0000-7000-8000-000000000000');
    response.resume();
    expect(response.statusCode).toBe(404);
  });
});
