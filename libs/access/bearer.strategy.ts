import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import type { Actor } from '#contract';
import { TokenDirectory } from './token-directory.js';

type Request = Readonly<{ headers: Readonly<{ authorization?: string | undefined }> }>;

/** Signs in with `Authorization: Bearer <token>`. */
@Injectable()
export class BearerStrategy extends PassportStrategy(Strategy, 'bearer') {
  constructor(private readonly tokens: TokenDirectory) {
    super({ realm: 'coderclaw' });
  }

  /** The package would also take a token from the query string or the body, where logs and histories keep it. */
  override authenticate({ headers: { authorization } }: Request): void {
    super.authenticate({ headers: { authorization } });
  }

  async validate(token: string): Promise<Actor | false> {
    return (await this.tokens.find(token)) ?? false;
  }
}
