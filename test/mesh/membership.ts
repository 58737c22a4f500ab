import { plant } from '../planted-secrets.js';
import { fetchAs, join, send, signIn } from './member.js';
import type { Account, Member } from './member.js';

/** What whoever tests a deployment has of it. */
export type Membership = Readonly<{
  /** A bearer token: good for everything but what needs a device. */
  token(): Promise<string>;
  /** The admin that `coderclaw init` made, on a verified device. @throws in local-only mode, where there is none */
  admin(): Promise<Member>;
  /** How a client shows who it is: in remote modes, as that admin. */
  credentials(): Promise<Readonly<{ token: string; deviceKey?: Member['key'] }>>;
  /** `fetch` as the same. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Called with the address of each API process that has started. */
  started(url: string): Promise<void>;
}>;

/** The one user of a local server, by the token in its data folder. */
export const localMembership = (token: () => Promise<string>): Membership => ({
  token,
  admin: () => Promise.reject(new Error('a local server has no admin but its user')),
  credentials: async () => ({ token: await token() }),
  fetch: async (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${await token()}`);
    return fetch(url, { ...init, headers });
  },
  started: () => Promise.resolve(),
});

/**
 * The first admin of a remote deployment. Signs in as soon as the first API process is there, and not again: what is
 * tested may take the database away.
 */
export function adminMembership(admin: Account): Membership {
  let joined: Promise<Readonly<{ member: Member; bearer: string }>> | undefined;
  const arrive = async (url: string) => {
    const member = await join(url, admin);
    return { member, bearer: (await signIn(url, admin)).accessToken };
  };
  const here = () => joined ?? Promise.reject(new Error('no API process was started yet'));
  return {
    token: async () => (await here()).bearer,
    admin: async () => (await here()).member,
    credentials: async () => {
      const { token, key } = (await here()).member;
      return { token, deviceKey: key };
    },
    fetch: async (url, init) => fetchAs((await here()).member, url, init),
    started: async (url) => void (await (joined ??= arrive(url))),
  };
}

/** Makes a user and lets them in on a device of their own. */
export async function newMember(server: string, by: Member, roles: readonly string[]): Promise<Member> {
  const account = { name: `user-${crypto.randomUUID().slice(0, 8)}`, password: plant('password') };
  await send(by, ['POST', `${server}/v1/users`], { ...account, roles });
  return join(server, account);
}

type MadeTenant = Readonly<{ reset: Readonly<{ token: string }> }>;

/** Makes a tenant, and lets its admin in on a device of their own. */
export async function newTenantsAdmin(server: string, by: Member): Promise<Member> {
  const tenant = `tenant-${crypto.randomUUID().slice(0, 8)}`;
  const name = 'their-admin';
  const asked = { id: tenant, admin: { name } };
  const { reset } = await send<MadeTenant>(by, ['POST', `${server}/v1/tenants`], asked);
  const password = plant('password');
  const answer = await fetch(`${server}/v1/auth/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resetToken: reset.token, password }),
  });
  if (!answer.ok) throw new Error(`the password of ${tenant}: ${answer.status} ${await answer.text()}`);
  return join(server, { tenant, name, password });
}
