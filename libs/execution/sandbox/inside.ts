import { FORWARDER_INSIDE, SOCKET_INSIDE } from './box.js';
import type { Box } from './box.js';
import { limited } from './limits.js';
import type { Grouped, Limits } from './limits.js';

/** Where the forwarder listens inside: nobody else is there. */
const PROXY_PORT = 3128;
const PROXY = `http://127.0.0.1:${PROXY_PORT}`;
const ITSELF = 'localhost,127.0.0.1,::1';

/** How programs are told of a proxy; Node's own fetch listens since 22.21 and 24. */
export const PROXY_ENVIRONMENT: Readonly<Record<string, string>> = {
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  http_proxy: PROXY,
  https_proxy: PROXY,
  NO_PROXY: ITSELF,
  no_proxy: ITSELF,
  NODE_USE_ENV_PROXY: '1',
};

/**
 * Runs `sh` with the arguments, and if that failed reports (to the supervisor's `REPORT_FD`) which folders are full. Says
 * nothing itself (a shell would add "Killed" to the output of what it ran) and lets what it runs answer signals.
 */
const SHELL = [
  'exec 4>&2 2>/dev/null',
  'trap : HUP INT TERM', // a handler, which children do not inherit as they would `ignore`
  '(exec /bin/sh "$@" 2>&4 3>&- 4>&-)', // in a shell of its own, else this one says what it waited for where that writes
  'code=$?',
  '[ $code = 0 ] || df -P /tmp /dev/shm "$HOME" >&3',
  'exit $code',
].join('; ');

/** The way out, the limits, and who sets those. */
export type InsideOptions = Readonly<{
  egress: Box['egress'];
  prlimit: string;
  limits: Limits;
  grouped: Grouped;
}>;

/** What runs the arguments of `sh` in a box. */
export const insideOf = ({ egress, prlimit, limits, grouped }: InsideOptions): readonly string[] => [
  ...(egress === null ? [] : [process.execPath, FORWARDER_INSIDE, `${PROXY_PORT}`, SOCKET_INSIDE, '--']),
  ...limited(prlimit, limits, grouped),
  '/bin/sh',
  '-c',
  SHELL,
  'sh',
];
