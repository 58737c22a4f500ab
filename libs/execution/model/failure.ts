import { MeshError, isMeshError, messageOf } from '#errors';
import type { ErrorCode } from '#errors';
import { redacted } from '../redacted.js';
import { limited, retryAfterSeconds } from '../retry-after.js';
import type { ModelAccess } from './access.js';
import { keyNameOf } from './choose-model.js';
import type { OpenModel } from './language-model.js';

/** As far as a failed call is told by its SDK. */
type CallError = Readonly<{
  statusCode?: number | undefined;
  responseHeaders?: Readonly<Record<string, string>> | undefined;
}>;

/** Said by a server that has no such model, where it does not say 404. */
const NO_MODEL = /model.{0,80}(not found|does not exist|not exist|unknown|invalid)|no such model/i;

/**
 * What a failed call means for the task: `rate_limited` for what may pass, any other code for what will not.
 *
 * @param error an error of ours passes as it is
 */
export function callFailure(
  error: unknown,
  open: Pick<OpenModel, 'provider' | 'id'>,
  access: ModelAccess,
): MeshError {
  if (isMeshError(error)) return error;
  const { statusCode, responseHeaders = {} } = error as CallError;
  const said = withoutKeys(saidBy(error), access);
  const kind = kindOf(statusCode, said);
  const { code, message } = KINDS[kind];
  const wait = kind === 'passing' ? waitSeconds(responseHeaders, Date.now()) : undefined;
  const details = wait === undefined ? {} : { retryAfterSeconds: wait };
  return new MeshError(code, message(open, said), details, { cause: new Error(said) }); // the error itself may hold the key
}

type Kind = Readonly<{
  code: ErrorCode;
  message: (open: Pick<OpenModel, 'provider' | 'id'>, said: string) => string;
}>;

const KINDS = {
  key: {
    code: 'unauthenticated',
    message: ({ provider }, said) => `${provider} refused the key: ${said}; check ${keyNameOf(provider)}`,
  },
  model: {
    code: 'unsupported',
    message: ({ provider, id }, said) =>
      `${provider} has no model "${id}": ${said}; set models.default or models.agents`,
  },
  refused: {
    code: 'invalid_request',
    message: ({ provider, id }, said) => `${provider} refused the call of ${id}: ${said}`,
  },
  passing: {
    code: 'rate_limited',
    message: ({ provider }, said) => `${provider} could not answer now: ${said}`,
  },
} as const satisfies Record<string, Kind>;

/** Without a status it is the network that failed. */
function kindOf(status: number | undefined, said: string): keyof typeof KINDS {
  if (status === undefined || isPassing(status)) return 'passing';
  if (status === 401 || status === 403) return 'key';
  return status === 404 || (status === 400 && NO_MODEL.test(said)) ? 'model' : 'refused';
}

const isPassing = (status: number): boolean =>
  status < 400 || status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;

function saidBy(error: unknown): string {
  const { statusCode } = error as CallError;
  const { cause } = error as { cause?: unknown };
  const text =
    typeof error === 'object' && error !== null && 'message' in error
      ? String(error.message)
      : messageOf(error);
  const why =
    cause instanceof Error && cause.message !== text
      ? ` (${cause.message || (cause as NodeJS.ErrnoException).code})`
      : '';
  return `${statusCode === undefined ? '' : `${statusCode} `}${text}${why}`.slice(0, 1000);
}

/** A server may answer with what it was sent. */
const withoutKeys = (text: string, access: ModelAccess): string =>
  redacted(
    text,
    [...access.values()].flatMap(({ apiKey }) => apiKey ?? []),
  );

/** By `Retry-After`, in seconds or as a date, or the finer header some have. */
function waitSeconds(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN);
  return Number.isNaN(ms) ? retryAfterSeconds(headers['retry-after'], nowMs) : limited(ms / 1000);
}
