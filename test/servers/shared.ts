import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KEEPER } from './keeper.js';

const exec = promisify(execFile);
const ASK = fileURLToPath(new URL('ask.mjs', import.meta.url));

/** Fetching a server for the first time can take a minute. */
const TIMEOUT_MS = 180_000;

let postgres: Promise<string> | undefined;
let nats: string | undefined;

const question = (name: string): string[] => {
  const keeper = process.env[KEEPER];
  if (keeper === undefined)
    throw new Error(`no ${name} to share here: run specs with vitest, or start one of your own`);
  return [ASK, keeper, name];
};

function urlIn(reply: string): string {
  const { url, error }: { url?: string; error?: string } = JSON.parse(reply);
  if (url === undefined) throw new Error(error ?? 'the run has no keeper any more');
  return url;
}

async function ask(name: string): Promise<string> {
  const { stdout } = await exec(process.execPath, question(name), { timeout: TIMEOUT_MS });
  return urlIn(stdout);
}

/** The Postgres all specs of this run share (or `DATABASE_URL`), started when first asked for. */
export const sharedPostgres = (): Promise<string> => (postgres ??= ask('postgres'));

/**
 * The address of the broker all specs of this run share, JetStream on; started when first asked for.
 * Waits in line (some 50 ms, or as long as a first start takes). Use names of your own: see `uniquePrefix`.
 */
export function natsUrl(): string {
  nats ??= urlIn(execFileSync(process.execPath, question('nats'), { encoding: 'utf8', timeout: TIMEOUT_MS }));
  return nats;
}
