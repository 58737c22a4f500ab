import { MeshError } from '#errors';
import { compilePolicy, decodePolicy } from '#policy';
import type { CompiledPolicy, CompileOptions, PolicyDocument, PolicyLayer } from '#policy';
import { Believed } from '../believed.js';
import type { IdentitySql } from '../identity/identity-sql.service.js';
import { Policies } from './policies.js';
import type { TenantPolicy } from './policies.js';

export type PoliciesOptions = CompileOptions &
  Readonly<{
    /** The layers below the tenant's own, as they are now; the same array while they are the same. */
    below: () => readonly PolicyLayer[];
    /** Tells the other processes. */
    changed: (tenant: string) => void;
  }>;

type Compiled = Readonly<{ policy: CompiledPolicy; version: number; layers: readonly PolicyLayer[] }>;

/** The tenant's own layer in Postgres, the others as they are given. Compiled once for each change. */
export class PostgresPolicies extends Policies {
  private readonly believed = new Believed<Promise<Compiled>>();

  constructor(
    private readonly sql: IdentitySql,
    private readonly options: PoliciesOptions,
  ) {
    super();
  }

  /** Another process wrote one, or a layer below changed: what is believed is to be read again. */
  doubt(): void {
    this.believed.doubt();
  }

  override async of(tenant: string): Promise<CompiledPolicy> {
    const compiled =
      this.believed.get(tenant) ??
      this.believed.keep(tenant, this.current(tenant, this.believed.last(tenant)));
    return (await compiled).policy;
  }

  private async current(tenant: string, before: Promise<Compiled> | undefined): Promise<Compiled> {
    const layers = this.options.below();
    const { document, version } = await this.read(tenant);
    const known = await before?.catch(() => undefined);
    if (known && known.version === version && known.layers === layers) return known;
    const own = version === 0 ? [] : [{ name: 'tenant', document } as const];
    return { policy: this.compile([...own, ...layers]), version, layers };
  }

  override with(document: PolicyDocument): CompiledPolicy {
    return this.compile([{ name: 'tenant', document }, ...this.options.below()]);
  }

  override async read(tenant: string): Promise<TenantPolicy> {
    const [row] = await this.sql.rows<{ document: string; version: number }>(
      'select document, version from tenant_policy where tenant = $1',
      tenant,
    );
    return row
      ? { document: decodePolicy(JSON.parse(row.document)), version: row.version }
      : { document: {}, version: 0 };
  }

  override async write(
    tenant: string,
    document: PolicyDocument,
    { userId, expected }: Readonly<{ userId: string; expected?: number | undefined }>,
  ): Promise<number> {
    const text = JSON.stringify(document);
    const [row] = await this.sql.rows<{ version: number }>(WRITE, tenant, text, userId, expected ?? null);
    if (!row) throw await this.conflict(tenant);
    this.doubt();
    this.options.changed(tenant);
    return row.version;
  }

  /** Empties the tenant's own layer, whatever it says. @returns its new version; `null` where it never had one */
  async reset(tenant: string, userId: string): Promise<number | null> {
    const [row] = await this.sql.rows<{ version: number }>(RESET, tenant, userId);
    if (!row) return null;
    this.doubt();
    this.options.changed(tenant);
    return row.version;
  }

  private compile(layers: readonly PolicyLayer[]): CompiledPolicy {
    return compilePolicy(layers, this.options);
  }

  private async conflict(tenant: string): Promise<MeshError> {
    const { version } = await this.read(tenant);
    return new MeshError('version_conflict', `the policy is at version ${version} by now`, {
      field: 'If-Match',
      hint: 'read it again, and decide again',
    });
  }
}

const WRITE = `
insert into tenant_policy (tenant, document, version, changed_by, changed_at)
select $1, $2, 1, $3, clock_timestamp() where $4::int is null or $4::int = 0
    or exists (select 1 from tenant_policy where tenant = $1)
on conflict (tenant) do update
  set document = excluded.document, version = tenant_policy.version + 1, changed_by = excluded.changed_by,
    changed_at = excluded.changed_at
  where $4::int is null or tenant_policy.version = $4::int
returning version`;

/** The row stays: versions that went back would be taken for ones that are known. */
const RESET = `
update tenant_policy set document = '{}', version = version + 1, changed_by = $2, changed_at = clock_timestamp()
 where tenant = $1
returning version`;
