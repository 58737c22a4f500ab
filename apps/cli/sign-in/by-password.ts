import { MeshError } from '#errors';
import { canAsk } from '../interrupt.js';
import type { Io } from '../io.js';
import { readLine } from '../read-line.js';
import { secretOf } from '../secrets.js';
import type { Way } from './way.js';

export type PasswordOptions = Readonly<{
  user?: string | undefined;
  passwordFile?: string | undefined;
  tenant?: string | undefined;
  role?: readonly string[] | undefined;
  session?: string | undefined;
}>;

/** By name and password. */
export const byPassword =
  (options: PasswordOptions): Way =>
  async ({ io }, { api }) => {
    const { passwordFile: file, tenant, role, session } = options;
    const name = await nameOf(io, options);
    const question = `Password of ${name}`;
    const password = await secretOf(io, { file, flag: '--password-file', question });
    return api.post('/v1/auth/local', { name, password, tenant, roles: role, sessionId: session });
  };

/** @throws {MeshError} `invalid_request` if nobody was named, and nobody can be asked */
export async function nameOf(io: Io, { user }: PasswordOptions): Promise<string> {
  if (user !== undefined) return user;
  if (canAsk(io)) return readLine(io, 'User: ', { secret: false });
  throw new MeshError('invalid_request', 'how to sign in is not said', {
    field: '--user',
    hint: 'give --user <name>, --provider <oidc|github|google> or --device-code',
  });
}
