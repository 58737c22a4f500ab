import { Injectable } from '@nestjs/common';
import { DeviceCodes, SessionRenewal, SignIn, SignInCodes } from '#access';
import type { Origin, SignedIn } from '#access';
import { MeshError } from '#errors';
import { HttpServerOptions } from '../http-options.js';
import { WAITING } from './oauth-errors.js';
import { refusing } from './oauth.filter.js';
import { GRANTS } from './schemas.js';
import type { TokenRequest } from './schemas.js';

type Take = (asked: TokenRequest, from: Origin) => Promise<SignedIn>;

/** What tokens are given for at the token endpoint. */
@Injectable()
export class Grants {
  constructor(
    private readonly renewal: SessionRenewal,
    private readonly devices: DeviceCodes,
    private readonly codes: SignInCodes,
    private readonly signIn: SignIn,
    private readonly options: HttpServerOptions,
  ) {}

  /** @throws as `refusing` does for what OAuth has a word for; {MeshError} as the services do */
  take(asked: TokenRequest, from: Origin): Promise<SignedIn> {
    const take = this.takes.get(asked.grant_type);
    if (take) return take(asked, from);
    const known = [...this.takes.keys()].join(', ');
    const details = { field: 'grant_type', hint: `there is: ${known}` };
    throw refusing(
      'unsupported_grant_type',
      new MeshError('invalid_request', 'grant_type: no tokens are given for that', details),
    );
  }

  private readonly takes: ReadonlyMap<string, Take> = new Map<string, Take>([
    [GRANTS.deviceCode, (asked, from) => this.poll(needed(asked, 'device_code'), from)],
    [GRANTS.refreshToken, (asked, from) => this.renewal.refresh(needed(asked, 'refresh_token'), from)],
    [
      GRANTS.authorizationCode,
      (asked, from) => this.redeem(needed(asked, 'code'), needed(asked, 'code_verifier'), from),
    ],
  ]);

  private async poll(deviceCode: string, from: Origin): Promise<SignedIn> {
    const polled = await this.devices.poll(deviceCode, from);
    if (polled.state === 'approved') return polled.tokens;
    throw refusing(polled.state, WAITING[polled.state]);
  }

  private async redeem(code: string, verifier: string, from: Origin): Promise<SignedIn> {
    const person = await this.codes.redeem(code, verifier);
    return this.signIn.byProfile({ ...person, defaultRoles: this.options.defaultRoles }, from);
  }
}

type Field = 'device_code' | 'refresh_token' | 'code' | 'code_verifier';

function needed(asked: TokenRequest, field: Field): string {
  const value = asked[field];
  if (value !== undefined) return value;
  throw new MeshError('invalid_request', `${field}: is needed for this grant_type`, { field });
}
