import { isUuid } from '#contract';
import { MeshError } from '#errors';
import type { Api } from './api.js';
import { facts, when } from './table.js';
import type { Column } from './table.js';

/** A user at work, as the server tells of it. */
export type Session = Readonly<{
  id: string;
  userId: string;
  deviceId?: string;
  issuer: string;
  roles: readonly string[];
  cancelOnEnd: boolean;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
}>;

/** A person or a machine that signs in. */
export type User = Readonly<{
  id: string;
  tenant: string;
  name: string;
  email?: string;
  displayName?: string;
  roles: readonly string[];
  createdAt: string;
  disabledAt?: string;
}>;

/** A secret that is told once and used once. */
export type OneTimeToken = Readonly<{ token: string; expiresAt: string }>;

export const USER_COLUMNS: readonly Column<User>[] = [
  { title: 'USER', of: ({ name }) => name, width: 40 },
  { title: 'ID', of: ({ id }) => id },
  { title: 'ROLES', of: ({ roles }) => roles.join(', '), width: 40 },
  { title: 'EMAIL', of: ({ email }) => email, width: 40 },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
  { title: 'DISABLED', of: ({ disabledAt }) => when(disabledAt), tone: () => 'bad' },
];

export const describeUser = ({ name, id, roles, email, displayName, disabledAt }: User): string =>
  facts([
    ['user', name],
    ['id', id],
    ['called', displayName],
    ['email', email],
    ['roles', roles.join(', ') || 'none'],
    ['disabled', when(disabledAt)],
  ]);

const PAGE_SIZE = 200;

/** The id of somebody named by it or by name: no name looks like an id. @throws {MeshError} `not_found` */
export async function userIdOf(api: Api, named: string): Promise<string> {
  if (isUuid(named)) return named;
  let cursor: string | undefined;
  do {
    const page = await api.get<{ users: readonly User[]; cursor?: string }>('/v1/users', {
      limit: PAGE_SIZE,
      cursor,
    });
    const found = page.users.find(({ name }) => name.toLowerCase() === named.toLowerCase());
    if (found) return found.id;
    cursor = page.cursor;
  } while (cursor !== undefined);
  throw new MeshError('not_found', `there is no user ${named}`, {
    hint: '`coderclaw user list` shows who there is',
  });
}
