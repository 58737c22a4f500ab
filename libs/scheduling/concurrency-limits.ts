import type { Share } from './fair/waiting.js';
import type { SchedulingOptions } from './options.js';

/** What a tenant was limited to; where something is missing, the configuration's word holds. */
export type OwnLimits = Readonly<{
  maxConcurrentTasks?: number | undefined;
  maxConcurrentTasksPerSession?: number | undefined;
  maxConcurrentTasksPerAgent?: Readonly<Record<string, number>> | undefined;
  sessionWeight?: number | undefined;
}>;

/** Port. What tenants were limited to. */
export abstract class ConcurrencyLimits {
  abstract of(tenant: string): Promise<OwnLimits>;
}

/** What a tenant may take at once, by its own limits and the configuration's. */
function shareOf(own: OwnLimits, options: Omit<SchedulingOptions, 'leaseMs'>): Share {
  return {
    tasks: own.maxConcurrentTasks ?? options.maxConcurrentTasks,
    perSession: own.maxConcurrentTasksPerSession ?? options.maxConcurrentTasksPerSession ?? Infinity,
    perAgent: new Map(
      Object.entries({ ...options.maxConcurrentTasksPerAgent, ...own.maxConcurrentTasksPerAgent }),
    ),
    sessionWeight: own.sessionWeight ?? 1,
  };
}

type Known = Readonly<{ words: string; share: Share }>;

/** The shares of tenants, as last looked up. One that has not changed stays the same object. */
export class Shares {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly limits: ConcurrencyLimits,
    private readonly options: SchedulingOptions,
  ) {}

  /** Looks up what these tenants may take now. */
  of(tenants: readonly string[]): Promise<readonly (readonly [tenant: string, share: Share])[]> {
    return Promise.all(tenants.map(async (tenant) => [tenant, await this.lookUp(tenant)] as const));
  }

  /** Forgets all others. */
  keep(tenants: readonly string[]): void {
    const kept = new Set(tenants);
    for (const tenant of this.known.keys()) if (!kept.has(tenant)) this.known.delete(tenant);
  }

  private async lookUp(tenant: string): Promise<Share> {
    const own = await this.limits.of(tenant);
    const words = JSON.stringify(own);
    const known = this.known.get(tenant);
    if (known?.words === words) return known.share;
    const share = shareOf(own, this.options);
    this.known.set(tenant, { words, share });
    return share;
  }
}
