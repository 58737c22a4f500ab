import { isAbsolute } from 'node:path';
import { z } from 'zod';

/** A name of DNS, or `*.` and one. An address is none: its last label is a number. */
const DOMAIN = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}$/i;

const absolutePath = z.string().refine((path) => isAbsolute(path), 'must be an absolute path');
const megabytes = z.int().min(1).max(16_777_216);

/** How tasks' processes run on this worker (docs/sandbox.md). */
export const executionSchema = z.strictObject({
  /**
   * `auto`: bubblewrap where it works; where not, no processes, and in local-only mode processes without a sandbox.
   * `bubblewrap`: no processes without it. `none`: with all the rights of the worker. @default auto
   */
  sandbox: z.enum(['auto', 'bubblewrap', 'none']).optional(),
  /** The program bwrap. @default the one on the PATH */
  bwrap: absolutePath.optional(),
  /** What a task may reach, over HTTP and HTTPS; `*.example.com` for all below it. @default nothing */
  allowedDomains: z
    .array(z.string().regex(DOMAIN, 'must be a domain such as example.com or *.example.com'))
    .max(256)
    .optional(),
  /** Folders and files, beside those of the PATH, that a task may read. */
  toolchains: z.array(absolutePath).max(64).optional(),
  /** `any`: fetch-url may also read from private addresses, e.g. of the worker's own network. @default public */
  fetch: z.enum(['public', 'any']).optional(),
  limits: z
    .strictObject({
      /** @default 4096 */
      memoryMb: megabytes.optional(),
      /** At once, threads too. @default 512 */
      processes: z.int().min(8).max(1_000_000).optional(),
      /** Processors' worth of time; 0.5 is half of one. @default all */
      cpus: z.number().min(0.01).max(4_096).optional(),
      /** Written into the workspace. @default 10240 */
      diskMb: megabytes.optional(),
      /** In /tmp, /dev/shm and the home folder, each. @default 1024 */
      temporaryMb: megabytes.optional(),
      /** Open in one process. @default 4096 */
      openFiles: z.int().min(64).max(1_048_576).optional(),
    })
    .optional(),
});

/** The settings under `execution`. */
export type ExecutionSettings = z.output<typeof executionSchema>;
