import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import type { ProfileSignIn } from './sign-in.service.js';
import { challengeOf } from '../../sign-in/sign-in-flow.js';
import { IdentitySql } from '../identity-sql.service.js';
import { hashOf, newToken } from '../tokens.js';

/** Somebody whom a provider vouched for, and for whom no session was begun yet. */
export type Vouched = Pick<ProfileSignIn, 'kind' | 'profile' | 'tenant'>;

const LIFE_MS = 60_000;

/**
 * One-time codes that a browser carries to the program on its machine which began the sign-in (RFC 8252). Whoever sees
 * one on its way can do nothing with it: it is good only with the verifier that never left the program (RFC 7636).
 */
@Injectable()
export class SignInCodes {
  constructor(
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
  ) {}

  /** A code for a minute, for whoever knows what `challenge` is the SHA-256 of. */
  async issue(person: Vouched, challenge: string): Promise<string> {
    const code = newToken('code');
    const now = this.clock.now();
    await this.sql.rows(`delete from sign_in_code where expires_at <= $1`, now);
    await this.sql.rows(
      `insert into sign_in_code (hash, challenge, person, expires_at) values ($1, $2, $3, $4)`,
      hashOf(code),
      challenge,
      JSON.stringify(person),
      new Date(now.getTime() + LIFE_MS),
    );
    return code;
  }

  /**
   * Whom a code is for. It is used up by this, also where the verifier is wrong: then somebody else has it.
   *
   * @throws {MeshError} `unauthenticated` if the code is unknown, used or over, or was given to another verifier
   */
  async redeem(code: string, verifier: string): Promise<Vouched> {
    const [row] = await this.sql.rows<Readonly<{ challenge: string; person: string }>>(
      `delete from sign_in_code where hash = $1 and expires_at > $2 returning challenge, person`,
      hashOf(code),
      this.clock.now(),
    );
    if (!row) throw refused('the code to sign in with is unknown, used or older than a minute');
    if (row.challenge !== challengeOf(verifier))
      throw refused('the code to sign in with was made for another program');
    return JSON.parse(row.person) as Vouched;
  }
}

const refused = (why: string) =>
  new MeshError('unauthenticated', why, { hint: 'begin the sign-in again, and finish it within a minute' });
