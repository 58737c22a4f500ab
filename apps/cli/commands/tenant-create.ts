import { explainReset } from '../one-time-token.js';
import type { OneTimeToken, User } from '../people.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type Made = Readonly<{
  tenant: Readonly<{ id: string; name: string }>;
  admin: User;
  reset: OneTimeToken;
}>;

type CreateOptions = Readonly<{ name?: string; admin: string; adminEmail?: string }>;

export const tenantCreate: Verb = (group, verbs) => {
  group
    .command('create')
    .argument('<id>', 'what it is called everywhere; it does not change')
    .description(
      'make a tenant with its first admin, who chooses a password with the token that is printed once',
    )
    .requiredOption('--admin <name>', 'what its first admin signs in with')
    .option('--admin-email <address>', 'where they are reached')
    .option('--name <name>', 'what people call the tenant (default: its id)')
    .addHelpText('after', examples('coderclaw tenant create acme --admin grace > reset-token.txt'))
    .action(verbs.action(work));
};

async function work(call: Call, { name, admin, adminEmail: email }: CreateOptions, id = ''): Promise<void> {
  await call.api(async (api) => {
    const made = await api.post<Made>('/v1/tenants', { id, name, admin: { name: admin, email } });
    await explainReset(call.output, made.reset, { name: admin, tenant: id });
    await call.output.result(made, ({ reset }) => reset.token);
  });
}
