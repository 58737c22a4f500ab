import type { INestApplicationContext } from '@nestjs/common';
import { CreateSession, CreateTenant, CreateToken, Devices, Gate, Users } from '#access';
import type { User } from '#access';
import { DEFAULT_TENANT } from '#contract';
import type { Actor, TrustLevel } from '#contract';
import { generateDeviceKey } from '#contract/dpop';
import type { DeviceKey } from '#contract/dpop';
import type { Permission } from '#policy';
import type { Standing } from './expected.js';
import { ROLE_SETS } from './roles.table.js';
import type { RoleName } from './roles.table.js';

/** Somebody who asks: what they are, and what they come in with. */
export type Caller = Standing &
  Readonly<{
    name: string;
    /** As the authenticator would say it of them. */
    actor: Actor;
    token: string;
    /** What they sign with; nobody untrusted has one. */
    key?: DeviceKey | undefined;
    /** Another session of the same user. */
    siblingId: string;
    /** The same on a session, or with a token, of its own: to be used up. */
    again(): Promise<Caller>;
  }>;

export const OTHER_TENANT = 'acme';
export const TENANTS: readonly string[] = [DEFAULT_TENANT, OTHER_TENANT];

const TRUSTS: readonly TrustLevel[] = ['untrusted', 'verified', 'trusted'];
const SOMEWHERE = { address: '192.0.2.1' } as const;
const IN_TWO_DAYS = () => new Date(Date.now() + 2 * 24 * 3_600_000).toISOString();

/** The one who sets everything up; in no table, and so nobody's neighbour. */
export const director = (tenant: string): Actor => ({
  kind: 'user',
  id: crypto.randomUUID(),
  tenant,
  sessionId: 'of-the-director',
  roles: ['admin'],
  trust: 'trusted',
});

/** What machines are made with: whose token, and what it is narrowed to. */
const MACHINES: readonly Readonly<{ of: RoleName; scope?: readonly Permission[] }>[] = [
  { of: 'developer' },
  { of: 'developer', scope: ['task:read'] },
  { of: 'developer', scope: ['task:submit', 'agent:invoke'] },
  { of: 'lead', scope: ['task:cancel', 'session:manage'] },
  { of: 'admin' },
];

/** Hires people in a mesh. */
export class Casting {
  private readonly gate: Gate;
  private hired = 0;

  constructor(private readonly app: INestApplicationContext) {
    this.gate = app.get(Gate, { strict: false });
  }

  /** Everybody the matrix asks as: each role at each trust, machines, and some of another tenant. */
  async everybody(): Promise<readonly Caller[]> {
    await this.found(OTHER_TENANT);
    const people = ROLE_SETS.flatMap((roles) =>
      TRUSTS.map((trust) => this.person({ tenant: DEFAULT_TENANT, roles, trust })),
    );
    const elsewhere = (['admin', 'auditor', 'developer'] as const).map((role) =>
      this.person({ tenant: OTHER_TENANT, roles: [role], trust: 'trusted' }),
    );
    const machines = MACHINES.map(({ of, scope }) => this.machine(DEFAULT_TENANT, of, scope));
    return Promise.all([...people, ...elsewhere, ...machines]);
  }

  /** Makes a tenant. */
  async found(tenant: string): Promise<void> {
    const admin = { name: `root-${tenant}` };
    await this.gate.execute(director(DEFAULT_TENANT), new CreateTenant({ id: tenant, admin }));
  }

  /** Somebody new, from a device that is trusted so far. */
  async person(who: Omit<Standing, 'machine' | 'scope'>): Promise<Caller> {
    const user = await this.user(who.tenant, who.roles);
    const key = who.trust === 'untrusted' ? undefined : await generateDeviceKey();
    const deviceId = key && (await this.enroll(user, key, who.trust));
    const name = `${who.roles.join('+') || 'nobody'}, ${who.trust}, of ${who.tenant}`;
    return this.at({ ...who, machine: false, name, key }, { ...actorFor(user, who.trust), deviceId });
  }

  /** A token for a machine of somebody new with that role. */
  async machine(tenant: string, role: RoleName, scope?: readonly Permission[]): Promise<Caller> {
    const owner = { ...actorFor(await this.user(tenant, [role]), 'untrusted'), roles: [role] };
    const { session } = await this.gate.execute(owner, new CreateSession({}, SOMEWHERE));
    const again = async (): Promise<Caller> => {
      const asked = { name: 'a machine', expiresAt: IN_TWO_DAYS(), ...(scope && { scope: [...scope] }) };
      const { id, token, roles } = await this.gate.execute(owner, new CreateToken(asked));
      return {
        name: `a machine of ${role} for ${scope?.join('+') ?? 'all'}, of ${tenant}`,
        tenant,
        roles: roles as readonly RoleName[],
        trust: 'untrusted',
        scope,
        machine: true,
        actor: { ...owner, roles, sessionId: id, issuer: 'token', ...(scope && { scope }) },
        token,
        siblingId: session.id,
        again,
      };
    };
    return again();
  }

  private async at(
    who: Standing & Readonly<{ name: string; key: DeviceKey | undefined }>,
    somewhere: Actor,
  ): Promise<Caller> {
    const begin = () =>
      this.gate.execute(somewhere, new CreateSession({}, { ...SOMEWHERE, key: who.key?.jkt }));
    const { session: sibling } = await begin();
    const again = async (): Promise<Caller> => {
      const { session, tokens } = await begin();
      const actor = { ...somewhere, sessionId: session.id };
      return { ...who, actor, token: tokens.accessToken, siblingId: sibling.id, again };
    };
    return again();
  }

  private user(tenant: string, roles: readonly string[]): Promise<User> {
    return this.app.get(Users, { strict: false }).create(tenant, { name: `user${++this.hired}`, roles });
  }

  private async enroll(
    { tenant, id }: User,
    { publicJwk, jkt }: DeviceKey,
    trust: TrustLevel,
  ): Promise<string> {
    const devices = this.app.get(Devices, { strict: false });
    const device = await devices.enroll({ tenant, userId: id, name: 'laptop', jwk: publicJwk, jkt });
    if (trust !== device.trust) await devices.setTrust(tenant, device.id, trust);
    return device.id;
  }
}

const actorFor = ({ id, name, tenant, roles }: User, trust: TrustLevel): Actor => ({
  kind: 'user',
  id,
  userName: name,
  tenant,
  sessionId: 'not yet',
  roles,
  trust,
  issuer: 'local',
});
