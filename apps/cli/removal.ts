import type { Command } from 'commander';
import type { Verbs } from './verb.js';

/** What a verb ends, and how it is said. */
export type Removal = Readonly<{
  /** Before the id in the address. */
  path: string;
  /** The key of the id in the answer. */
  key: string;
  said: (id: string) => string;
}>;

/** Has a command that takes an id end what it names. */
export const removing = (command: Command, verbs: Verbs, { path, key, said }: Removal): Command =>
  command.action(
    verbs.action((call, _options, id = '') =>
      call.api(async (api) => {
        await api.send('DELETE', `${path}/${encodeURIComponent(id)}`);
        await call.output.result({ [key]: id }, () => said(id));
      }),
    ),
  );
