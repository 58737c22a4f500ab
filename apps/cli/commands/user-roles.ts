import { Option } from 'commander';
import { names } from '../parse.js';
import { userIdOf } from '../people.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type RolesOptions = Readonly<{ set?: readonly string[]; none?: boolean }>;

export const userRoles: Verb = (group, verbs) => {
  group
    .command('roles')
    .argument('<user>', 'name or id')
    .description('show the roles of a user, or replace them')
    .addOption(new Option('--set <names>', 'replace them by these').argParser(names).conflicts('none'))
    .option('--none', 'take all of them away')
    .addHelpText(
      'after',
      examples('coderclaw user roles ada', 'coderclaw user roles ada --set developer,auditor'),
    )
    .action(verbs.action(work));
};

async function work(call: Call, { set, none = false }: RolesOptions, named = ''): Promise<void> {
  await call.api(async (api) => {
    const path = `/v1/users/${encodeURIComponent(await userIdOf(api, named))}/roles`;
    const wanted = none ? [] : set;
    const answer =
      wanted === undefined
        ? await api.get<{ roles: readonly string[] }>(path)
        : await api.send<{ roles: readonly string[] }>('PUT', path, { body: { roles: wanted } });
    await call.output.result(answer, ({ roles }) => `${named}: ${roles.join(', ') || 'no roles'}`);
  });
}
