// Workflows of DBOS, in this process as its users have them: a library over Postgres, with all its defaults.
import { createRequire } from 'node:module';
import { asked, measure } from './rounds.mjs';

const { folder, url, ...work } = asked();
const { DBOS } = createRequire(`${folder}/`)('@dbos-inc/dbos-sdk');

const workflow = DBOS.registerWorkflow(
  async () => {
    const from = performance.now();
    for (let n = 1; n <= work.steps; n++) await DBOS.runStep(async () => n, { name: `step:${n}` });
    return { from, to: performance.now() };
  },
  { name: 'steps' },
);

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, logLevel: 'error' });
await DBOS.launch();
await measure(work, async () => (await DBOS.startWorkflow(workflow)()).getResult());
await DBOS.shutdown();
