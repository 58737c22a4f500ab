import { z } from 'zod';

/** Names of skills have a registry, a version or a digest in them: `team/security-scanner@1.2`, `sha256:…`. */
export const skillIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_@][A-Za-z0-9_.@:/+-]{0,255}$/, 'must be 1–256 of letters, digits and "_.@:/+-"');
