import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorCodes } from 'fastify';
import { MAX_ARTIFACT_BYTES } from '#contract';
import { MeshError } from '#errors';
import { paths } from './wire.js';

/** What is no JSON, and goes to disk as it comes. */
export const BINARY = 'application/octet-stream';

/** An upload may take this long, e.g. 64 MiB at a megabit a second. */
export const UPLOAD_TIMEOUT_MS = 10 * 60_000;

/** Any other request that is not here by then is cut: whoever sends a byte a minute holds nothing. */
const BODY_TIMEOUT_MS = 30_000;

/** Teaches the server that one route takes bytes, more slowly and of more than others take. */
export function takeUploads(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(BINARY, (request, payload, done) => {
    if (isUpload(request)) done(null, payload);
    else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(BINARY));
  });
  fastify.addHook('onRequest', async (request) => {
    if (!isUpload(request)) cutOffLate(request);
  });
}

const isUpload = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'POST' && routeOptions.url === paths.artifacts;

function cutOffLate({ raw }: FastifyRequest): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = raw.headers;
  if (length === '0' && encoding === undefined) return;
  const timer = setTimeout(() => raw.socket.destroy(), BODY_TIMEOUT_MS).unref();
  const done = () => clearTimeout(timer);
  raw.once('end', done).once('close', done);
}

/**
 * The content of an upload. Whoever stops reading it early can still be answered: the rest is read and dropped.
 *
 * @throws {MeshError} `invalid_request` if nothing was sent, `payload_too_large` if more is announced than there may be
 */
export function uploadOf({ body, headers }: FastifyRequest): AsyncIterable<Uint8Array> {
  const bytes = Number(headers['content-length'] ?? 0);
  if (bytes > MAX_ARTIFACT_BYTES)
    throw new MeshError(
      'payload_too_large',
      `${bytes} bytes are more than the ${MAX_ARTIFACT_BYTES} there may be`,
    );
  if (body instanceof Readable)
    return { [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }) };
  throw new MeshError('invalid_request', 'there is no content', {
    hint: `send it as content-type: ${BINARY}`,
  });
}
