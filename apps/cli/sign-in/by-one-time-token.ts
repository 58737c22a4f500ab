import { secretOf } from '../secrets.js';
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

/** Sets a new password with a token that an admin had made. */
export const byResetToken =
  (options: Readonly<{ resetTokenFile: string; passwordFile?: string | undefined }>): Way =>
  async ({ io }, { api }) => {
    const resetToken = await secretOf(io, {
      file: options.resetTokenFile,
      flag: '--reset-token-file',
      question: 'Reset token',
    });
    const file = options.passwordFile;
    const question = 'New password';
    const password = await secretOf(io, { file, flag: '--password-file', question, isNew: true });
    return api.post('/v1/auth/password', { resetToken, password });
  };
