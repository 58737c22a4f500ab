import { randomUUID } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MeshError } from '#errors';
import { ALWAYS_HEADERS } from './always-headers.js';
import { UPLOAD_TIMEOUT_MS, takeUploads } from './bodies.js';
import { checkCaller, markLocal } from './caller.js';
import { HttpServerOptions, MAX_BODY_BYTES, MAX_SIGN_IN_BYTES } from './http-options.js';
import { HttpMetrics } from './metrics.js';
import { ProblemFilter } from './problem.filter.js';
import { answerProtocolError } from './protocol-error.js';
import { HEADERS, PROBLEM_TYPE, problemOf } from './wire.js';

/** Names of artifacts may be 256 bytes long, and three times that in an address. */
const MAX_PARAMETER_LENGTH = 1024;

/** The adapter to create the Nest application with. */
export const httpAdapter = (): FastifyAdapter =>
  new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: UPLOAD_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    clientErrorHandler: answerProtocolError,
    // A malformed address has no route, so neither hooks nor filters see it.
    frameworkErrors: ({ message }: Error, { id }: FastifyRequest, reply: FastifyReply) => {
      const problem = problemOf(new MeshError('invalid_request', message), 400, id);
      void reply.status(400).type(PROBLEM_TYPE).send(JSON.stringify(problem));
    },
  });

/** Sets what every route has in common. To be called before the application is initialised. */
export function configureHttp(app: NestFastifyApplication): void {
  const options = app.get(HttpServerOptions, { strict: false });
  const problems = app.get(ProblemFilter, { strict: false });
  const metrics = app.get(HttpMetrics, { strict: false });
  const fastify = app.getHttpAdapter().getInstance();
  app.useGlobalFilters(problems);
  takeUploads(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/auth/')) route.bodyLimit = MAX_SIGN_IN_BYTES;
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers(ALWAYS_HEADERS).header(HEADERS.requestId, request.id);
    checkCaller(request.headers, request.raw.socket, options);
  });
  fastify.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    // How long a stream was open says nothing about the server.
    const streamed = String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
    if (!streamed)
      metrics.observe(method, routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000);
  });
}

export type HttpListening = Readonly<{
  /** e.g. `http://127.0.0.1:7411`. */
  url: string;
  /** Closes the streams, waits for the answers under way, and closes the application. */
  close: () => Promise<void>;
}>;

/**
 * Listens on TCP, and on a Unix socket that only this user can open, where one is named. Port 0 takes a free one.
 */
export async function listenHttp(
  app: NestFastifyApplication,
  { host, port, socketPath }: Readonly<{ host: string; port: number; socketPath?: string | undefined }>,
): Promise<HttpListening> {
  await app.listen({ host, port });
  const socket = socketPath === undefined ? null : await listenOnSocket(app, socketPath);
  return {
    url: await app.getUrl(),
    close: async () => {
      const closed = new Promise<void>((resolve) => (socket ? socket.close(() => resolve()) : resolve()));
      await app.close();
      socket?.closeAllConnections();
      await closed;
    },
  };
}

/** A second server in front of the same routes: Fastify itself listens once. */
async function listenOnSocket(app: NestFastifyApplication, path: string): Promise<Server> {
  const fastify = app.getHttpAdapter().getInstance();
  const server = createServer({ requestTimeout: UPLOAD_TIMEOUT_MS }, (request, response) => {
    markLocal(request.socket);
    fastify.routing(request, response);
  });
  server.on('clientError', answerProtocolError);
  await rm(path, { force: true }); // left behind by a process that was killed; the data folder's lock says it is ours
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  await chmod(path, 0o600);
  return server;
}
