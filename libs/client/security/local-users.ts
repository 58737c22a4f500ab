import { z } from 'zod';
import { MeshError } from '#errors';

/** Who a verifier found behind the credentials. */
export type ProvenUser = Readonly<{ id: string; name?: string; email?: string }>;

/** Proves who somebody is; `null` where the credentials prove nothing. */
export type Verifier = (credentials: unknown) => Promise<ProvenUser | null>;

/** Somebody who signs in by a password. */
export type LocalUser = ProvenUser &
  Readonly<{
    /** argon2id, in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$…`. */
    passwordHash: string;
  }>;

const PHC = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;
const MAX_PASSWORD_CHARS = 256;

const credentialsSchema = z
  .object({
    username: z.string().optional(),
    name: z.string().optional(),
    email: z.string().optional(),
    password: z.string().min(1).max(MAX_PASSWORD_CHARS),
  })
  .transform(({ username, name, email, password }) => ({ who: username ?? name ?? email, password }));

/**
 * Verifies `{ username, password }` (or `name`, or `email`, in place of `username`). An unknown user takes as long as
 * a wrong password.
 *
 * @throws {MeshError} `invalid_request` for a hash that is not argon2id, or a name that two users have
 */
export function localVerifier(users: readonly LocalUser[]): Verifier {
  const byName = indexed(users);
  const dummy = once(dummyHash);
  return async (credentials) => {
    const { success, data } = credentialsSchema.safeParse(credentials);
    if (!success || data.who === undefined) return null;
    const { verify } = await argon2();
    const user = byName.get(data.who);
    const proven = await verify(user?.passwordHash ?? (await dummy()), data.password);
    if (!user || !proven) return null;
    const { passwordHash: _secret, ...identity } = user;
    return identity;
  };
}

function indexed(users: readonly LocalUser[]): ReadonlyMap<string, LocalUser> {
  const byName = new Map<string, LocalUser>();
  for (const user of users) {
    if (!PHC.test(user.passwordHash))
      throw new MeshError(
        'invalid_request',
        `users: the passwordHash of ${user.id} is not an argon2id hash`,
        {
          field: 'users',
          hint: 'make one with hash(password) of @node-rs/argon2',
        },
      );
    for (const name of new Set([user.id, user.name, user.email].filter((called) => called !== undefined))) {
      if (byName.has(name))
        throw new MeshError('invalid_request', `users: two users are called ${name}`, { field: 'users' });
      byName.set(name, user);
    }
  }
  return byName;
}

/** Native code: loaded when somebody first signs in by password, and not with the client. */
const argon2 = () => import('@node-rs/argon2');

const dummyHash = async (): Promise<string> => (await argon2()).hash(crypto.randomUUID());

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
