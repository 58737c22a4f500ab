import { readFileSync } from 'node:fs';
import type { Config } from './config.js';

/** User and password as the NATS client takes them; the password is read from its file each time. */
export const natsCredentials = ({
  user,
  passwordFile,
}: Config['nats']): { user?: string; pass?: string } => ({
  ...(user === undefined ? {} : { user }),
  ...(passwordFile === undefined ? {} : { pass: readFileSync(passwordFile, 'utf8').trim() }),
});
