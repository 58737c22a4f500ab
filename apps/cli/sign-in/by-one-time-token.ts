import { secretOf } from '../secrets.js';
import { nameOf } from './by-password.js';
import type { PasswordOptions } from './by-password.js';
import type { Way } from './way.js';

/** Makes the first admin of a server with the token that it was set up with, and signs them in. */
export const bySetupToken =
  (options: Readonly<{ name: string; passwordFile?: string | undefined; token: string }>): Way =>
  async ({ io }, { api }) => {
    const { name, token } = options;
    const question = `New password of ${name}`;
    const file = options.passwordFile;
    const password = await secretOf(io, { file, flag: '--password-file', question, isNew: true });
    return api.post('/v1/auth/setup', { token, name, password });
  };

/** Sets a new password with a token that an admin had made, and signs in with it. */
export const byResetToken =
  ({ resetTokenFile, ...options }: PasswordOptions & Readonly<{ resetTokenFile: string }>): Way =>
  async ({ io }, { api }) => {
    const name = await nameOf(io, options);
    const token = { file: resetTokenFile, flag: '--reset-token-file', question: 'Reset token' };
    const resetToken = await secretOf(io, token);
    const question = `New password of ${name}`;
    const file = options.passwordFile;
    const password = await secretOf(io, { file, flag: '--password-file', question, isNew: true });
    await api.post('/v1/auth/password', { resetToken, password });
    return api.post('/v1/auth/local', { name, password, tenant: options.tenant, roles: options.role });
  };
