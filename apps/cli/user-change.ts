import { describeUser, userIdOf } from './people.js';
import type { User } from './people.js';
import type { Call } from './verb.js';

/** Changes somebody, and shows them as they are then. */
export const changeUser = (
  call: Call,
  named: string,
  change: Readonly<{ disabled: boolean }>,
): Promise<void> =>
  call.api(async (api) => {
    const id = await userIdOf(api, named);
    const user = await api.send<User>('PATCH', `/v1/users/${encodeURIComponent(id)}`, { body: change });
    await call.output.result(user, describeUser);
  });
