import type { Logger } from '#contract';
import { ERROR_CODES, MeshError, isMeshError } from '#errors';
import type { ErrorCode, ErrorDetails } from '#errors';

/** What answers a request: what the server returned, or why it did not. */
export type Reply =
  | Readonly<{ result: unknown }>
  | Readonly<{ error: Readonly<{ code: string; message: string; details?: ErrorDetails }> }>;

/** Text of a payload; nothing at all for `undefined`, which JSON cannot say. */
export const encodePayload = (payload: unknown): string =>
  payload === undefined ? '' : JSON.stringify(payload);

/** @throws {MeshError} `invalid_request` if it is not JSON */
export function decodePayload(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new MeshError('invalid_request', 'the payload is not JSON', {}, { cause });
  }
}

/** The reply to one request. Never rejects; an error that is not ours is logged here and its text kept from the asker. */
export async function replyOf(
  answer: () => Promise<unknown>,
  subject: string,
  logger: Logger,
): Promise<Reply> {
  try {
    return { result: await answer() };
  } catch (error) {
    if (isMeshError(error)) {
      return { error: { code: error.code, message: error.message, details: error.details } };
    }
    logger.error('a request could not be answered', { subject, error: String(error) });
    return { error: { code: 'internal', message: 'internal error' } };
  }
}

/** @throws {MeshError} what the server threw */
export function resultOf(reply: unknown): unknown {
  const { result, error } = (reply ?? {}) as Partial<
    Extract<Reply, { result: unknown }> & Extract<Reply, { error: object }>
  >;
  if (error === undefined) return result;
  throw new MeshError(codeOf(error.code), error.message, error.details ?? {});
}

/** Calls a listener whose failure is nobody's but its own. */
export async function tell(
  listen: () => void | Promise<void>,
  subject: string,
  logger: Logger,
): Promise<void> {
  try {
    await listen();
  } catch (error) {
    logger.error('a listener failed', { subject, error: String(error) });
  }
}

const codeOf = (code: string): ErrorCode => ERROR_CODES.find((known) => known === code) ?? 'internal';
