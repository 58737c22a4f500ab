import { z } from 'zod';

/** Where artifacts are kept, how much of them, and how long. */
export const artifactsSchema = z.strictObject({
  /** Files of one machine, or the broker's object store, which all processes share. @default files; jetstream in distributed-cluster mode */
  store: z.enum(['files', 'jetstream']).optional(),
  /** Where files are kept, and what comes waits until it is whole. @default in dataDir */
  dir: z.string().min(1).optional(),
  /** Begins the names of the buckets in the object store; each tenant has one. @default artifacts */
  bucket: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/, 'must be 1–32 of letters, digits and "-"')
    .optional(),
  /** Bytes that the artifacts of one tenant may take. @default 10737418240, 10 GiB */
  tenantQuotaBytes: z.int().min(1).optional(),
  /** What no task that goes on has used for so long is removed; 0 keeps all for ever. @default 90 */
  retentionDays: z.int().min(0).max(36_500).optional(),
});
