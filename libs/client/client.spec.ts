import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RuntimeInterface, TransportAdapter } from '#contract';
import * as transport from './transport.js';
import { CoderClawRuntime, HTTPTransportAdapter, LocalTransportAdapter, connect } from './transport.js';

/** Answers every method with its name and what it was given. */
const echo = (names: readonly string[]): RuntimeInterface & TransportAdapter =>
  Object.fromEntries(
    names.map((name) => [name, (...given: unknown[]) => Promise.resolve([name, ...given])]),
  ) as unknown as RuntimeInterface & TransportAdapter;

const METHODS: Readonly<Record<keyof RuntimeInterface, readonly unknown[]>> = {
  submitTask: [{ description: 'd', input: 'i' }],
  getTaskState: ['id'],
  streamTaskUpdates: ['id', { after: 3 }],
  cancelTask: ['id', 'why'],
  listAgents: [],
  listSkills: [],
  getStatus: [],
  listTasks: [{ limit: 3 }],
  getTaskEvents: ['id'],
  pauseTask: ['id'],
  resumeTask: ['id', { approved: true }],
  close: [],
};

describe('CoderClawRuntime', () => {
  it.each(Object.entries(METHODS))('passes %s on as it was called', async (name, given) => {
    const runtime = new CoderClawRuntime(echo(Object.keys(METHODS)), 'local-only');
    const call = runtime[name as keyof RuntimeInterface] as (...args: unknown[]) => unknown;
    expect(await call.apply(runtime, [...given])).toEqual([name, ...given]);
  });

  it('has exactly the methods of the runtime', () => {
    const methods = Object.getOwnPropertyNames(CoderClawRuntime.prototype).filter(
      (name) => name !== 'constructor',
    );
    expect(methods.toSorted()).toEqual(Object.keys(METHODS).toSorted());
  });

  it('takes queryTaskState for getTaskState', async () => {
    const runtime = new CoderClawRuntime(echo(['queryTaskState']), 'local-only');
    expect(await runtime.getTaskState('id')).toEqual(['queryTaskState', 'id']);
  });
});

describe('connect', () => {
  it('reaches a server by its address, with the token it is given', async () => {
    const server = createServer((request, response) => {
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ agents: [request.headers.authorization] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const runtime = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { token: 't' });
    expect(await runtime.listAgents()).toEqual(['Bearer t']);
    expect(runtime.mode).toBe('remote-enabled');
    server.closeAllConnections();
    server.close();
  });

  it('runs everything here for local:, opening nothing yet', () => {
    expect(connect('local:').mode).toBe('local-only');
    expect(connect('local:/tmp/nowhere', { workspace: '/tmp' }).mode).toBe('local-only');
  });

  it.each(['nats://localhost', 'ftp://x', 'localhost:7411', 'mesh', ''])(
    'says what is supported instead of "%s"',
    (url) => {
      expect(() => connect(url)).toThrow(
        expect.objectContaining({
          code: 'unsupported',
          message: expect.stringMatching(/http:\/\/.*local:/) as unknown,
        }) as Error,
      );
    },
  );
});

it('exports what contract.md names', () => {
  const values = [
    'CoderClawRuntime',
    'LocalTransportAdapter',
    'HTTPTransportAdapter',
    'DistributedTaskEngine',
    'MemoryTaskStorage',
    'globalTaskEngine',
    'connect',
    'MeshError',
  ];
  expect(Object.keys(transport)).toEqual(expect.arrayContaining(values));
  expect(
    new CoderClawRuntime(new HTTPTransportAdapter({ baseUrl: 'http://x' }), 'remote-enabled'),
  ).toBeInstanceOf(CoderClawRuntime);
  expect(new CoderClawRuntime(new LocalTransportAdapter(), 'local-only')).toBeInstanceOf(CoderClawRuntime);
});
