/*
 * Another CLI process that wants a token, run from the sources. argv: the credentials file, the server's address.
 * It says `ready`, and asks when it is told to; then it sends the token, or what went wrong.
 */
import { runnerImport } from 'vite';

const cli = new URL('../apps/cli/', import.meta.url).pathname;
const config = {
  configFile: false,
  logLevel: 'silent',
  environments: { inline: { resolve: { conditions: ['coderclaw-source'] } } },
};
const [{ module: credentials }, { module: refreshing }] = [
  await runnerImport(`${cli}credentials.ts`, config),
  await runnerImport(`${cli}refreshing.ts`, config),
];

const [, , file, url] = process.argv;
const { tokenFor } = refreshing.refreshing(credentials.credentialStore(file));
process.once('message', async () => {
  const said = await tokenFor(url).then(
    (token) => ({ token }),
    (error) => ({ error: error.message }),
  );
  process.send(said, () => process.disconnect());
});
process.send('ready');
