import type { IncomingMessage } from 'node:http';
import { MeshError } from '#errors';
import { retryAfterSeconds } from '../retry-after.js';
import { storableText } from '../steps/storable.js';

const SHOWN_CHARACTERS = 300;

/** What stands in the way of an answer may pass. */
const isPassing = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500;

/** What an answer other than 200 means for the task: `rate_limited` for what may pass, any other code for what will not. */
export async function refusalOf(response: IncomingMessage): Promise<MeshError> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400) return redirected(status, headers.location);
  const said = `${status} ${await beginningOf(response)}`.trim();
  if (!isPassing(status)) return new MeshError('invalid_request', `the agent refused the task: ${said}`);
  const seconds = retryAfterSeconds(headers['retry-after'], Date.now());
  const details = seconds === undefined ? {} : { retryAfterSeconds: seconds };
  return new MeshError('rate_limited', `the agent could not answer now: ${said}`, details);
}

function redirected(status: number, location = 'nowhere'): MeshError {
  const to = storableText(location.slice(0, SHOWN_CHARACTERS));
  const message = `the agent answered ${status}, and redirects are not followed: set its url to where it is (${to})`;
  return new MeshError('unsupported', message);
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= SHOWN_CHARACTERS) break;
    }
  } catch {
    // it is refused whatever else it would have said
  }
  return storableText(text.slice(0, SHOWN_CHARACTERS));
}
