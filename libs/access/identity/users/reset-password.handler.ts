import type { ICommandHandler } from '@nestjs/cqrs';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import type { OneTimeToken } from '../one-time-tokens.js';
import { UserPasswords } from './user-passwords.service.js';

/** Makes a token, for half an hour, with which a user chooses a new password. */
export class ResetPassword extends GuardedCommand<OneTimeToken> {
  constructor(readonly userId: string) {
    super();
  }
}

@GuardedHandler(ResetPassword, ({ userId }) => ({
  permissions: ['admin:all'],
  resource: { type: 'user', id: userId },
  recorded: true,
  action: 'user.password-reset',
}))
export class ResetPasswordHandler implements ICommandHandler<ResetPassword> {
  constructor(private readonly passwords: UserPasswords) {}

  execute({ userId, cause: { actor } }: ResetPassword): Promise<OneTimeToken> {
    return this.passwords.startReset(actor.tenant, userId);
  }
}
