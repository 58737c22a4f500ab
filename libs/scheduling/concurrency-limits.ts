/** How many tasks of a tenant may run at once. */
export type LimitOf = (tenant: string) => number;

/** Port. What tenants were limited to. */
export abstract class ConcurrencyLimits {
  /** @returns nothing where the tenant has no limit of its own; the configured one holds then */
  abstract of(tenant: string): Promise<Readonly<{ maxConcurrentTasks?: number | undefined }>>;
}

/** The limits of these tenants, looked up before a pass so that the pass itself waits for nothing. */
export async function limitsOf(
  tenants: Iterable<string>,
  limits: ConcurrencyLimits,
  otherwise: number,
): Promise<LimitOf> {
  const own = await Promise.all(
    [...new Set(tenants)].map(
      async (tenant) => [tenant, (await limits.of(tenant)).maxConcurrentTasks] as const,
    ),
  );
  const byTenant = new Map(own);
  return (tenant) => byTenant.get(tenant) ?? otherwise;
}
