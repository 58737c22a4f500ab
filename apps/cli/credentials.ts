import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { privateJwkSchema } from '#contract/dpop';
import { MeshError } from '#errors';
import { whileLocked } from './file-lock.js';

const credentialSchema = z.strictObject({
  user: z.string().min(1),
  sessionId: z.string().min(1),
  accessToken: z.string().min(1),
  /** ISO 8601: when the access token is over. */
  expiresAt: z.iso.datetime(),
  refreshToken: z.string().min(1),
  deviceId: z.string().optional(),
  /** The key that all of it is bound to, where the device is enrolled. */
  privateJwk: privateJwkSchema.optional(),
});

const fileSchema = z.record(z.string(), credentialSchema);

/** What a sign-in to one server left on this machine. */
export type Credential = Readonly<z.output<typeof credentialSchema>>;

type Credentials = ReadonlyMap<string, Credential>;

/** Who this user is to each server, in a file that only they can read. */
export type CredentialStore = Readonly<{
  /** @throws {MeshError} `access_denied` if others can read the file, `invalid_request` if it is malformed */
  find(url: string): Promise<Credential | null>;
  /** The servers of which something is kept. @throws as `find` */
  servers(): Promise<readonly string[]>;
  /** Replaces what is kept for a server; alone, so that no two processes use one refresh token. `null` removes it. */
  change(
    url: string,
    next: (now: Credential | null) => Promise<Credential | null>,
  ): Promise<Credential | null>;
}>;

export const credentialsFile = (home: string = homedir()): string =>
  join(home, '.coderClaw', 'credentials.json');

/** The store in a file; nothing is made before something is kept. */
export const credentialStore = (file: string = credentialsFile()): CredentialStore => ({
  async find(url) {
    return read(file).get(serverOf(url)) ?? null;
  },
  async servers() {
    return [...read(file).keys()];
  },
  async change(url, next) {
    const server = serverOf(url);
    ownFolder(dirname(file));
    return whileLocked(file, async () => {
      const before = read(file);
      const now = before.get(server) ?? null;
      const after = await next(now);
      if (after !== now) write(file, withEntry(before, server, after));
      return after;
    });
  },
});

/** One name for each server: no query, no slash at the end, no default port. */
function serverOf(url: string): string {
  if (!URL.canParse(url))
    throw new MeshError('invalid_request', `"${url}" is no address of a server`, { field: 'url' });
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

const withEntry = (before: Credentials, server: string, entry: Credential | null): Credentials =>
  new Map([...[...before].filter(([name]) => name !== server), ...(entry ? [[server, entry] as const] : [])]);

function read(file: string): Credentials {
  const text = readIfOurs(file);
  if (text === null) return new Map();
  const parsed = fileSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return new Map(Object.entries(parsed.data));
  const field = parsed.error.issues[0]?.path.join('.') || 'the file';
  throw new MeshError('invalid_request', `${file}: ${field} is malformed`, {
    field,
    hint: `remove ${file} and sign in again with \`coderclaw login\``,
  });
}

function readIfOurs(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return null;
  // Windows has no such modes; there the profile's folder is its user's alone.
  const exposed =
    process.platform !== 'win32' && ((stat.mode & 0o077) !== 0 || stat.uid !== process.getuid?.());
  if (!exposed) return readFileSync(file, 'utf8');
  throw new MeshError(
    'access_denied',
    `${file} is open to others (mode ${(stat.mode & 0o777).toString(8)})`,
    {
      hint: `if nobody has read it, \`chmod 600 ${file}\`; else remove it, end its sessions and sign in again`,
    },
  );
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/** Whole or not at all, also if the power fails: a refresh token that was lost here is one that nobody has. */
function write(file: string, credentials: Credentials): void {
  const draft = `${file}.${randomUUID()}`;
  const open = openSync(draft, 'wx', 0o600);
  writeFileSync(open, `${JSON.stringify(Object.fromEntries(credentials), null, 2)}\n`);
  fsyncSync(open);
  closeSync(open);
  renameSync(draft, file);
}
