import { resolve } from 'node:path';
import type { RuntimeMode } from '#contract';
import { readPolicyTests, runPolicyTests } from '#policy';
import type { PolicyTestResult } from '#policy';
import { configOf } from '../endpoint.js';
import { EXIT } from '../exit-codes.js';
import { modeOption } from '../mode-option.js';
import { policyOfFile, readText, repositoryFile, wrong } from '../policy-file.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type TestOptions = Readonly<{ policy?: string; mode?: RuntimeMode }>;

const COLUMNS: readonly Column<PolicyTestResult>[] = [
  {
    title: 'PASSED',
    of: ({ passed }) => (passed ? 'yes' : 'NO'),
    tone: ({ passed }) => (passed ? 'good' : 'bad'),
  },
  { title: 'TEST', of: ({ name }) => name, width: 60 },
  { title: 'DECISION', of: ({ decision }) => decision },
  { title: 'BY', of: ({ rule }) => rule },
  { title: 'WHY NOT PASSED', of: ({ why }) => why, width: 160 },
];

export const policyTest: Verb = (group, verbs) => {
  group
    .command('test')
    .argument('[file]', 'the tests (default: .coderClaw/policy-tests.yaml of the repository)')
    .description(
      'ask the policy of the repository what each test asks, with no server; exit code 1 if one fails, 2 for a bad file',
    )
    .option(
      '--policy <security.yaml>',
      'test this policy (default: .coderClaw/security.yaml of the repository)',
    )
    .addOption(modeOption())
    .addHelpText('after', HELP)
    .action(verbs.action(work));
};

const HELP = `${examples('coderclaw policy test', 'coderclaw policy test policy-tests.yaml --mode remote-enabled')}

A file of tests:
  tests:
    - name: a job does not change code
      as: { user: job-1, roles: [ci], trust: verified }
      agent: code-modifier        # or permission: task:submit, or skill: shell-exec
      expect: denied              # or allowed
      rule: repository.agentPolicies[code-modifier].allowedRoles   # optional: what must decide`;

async function work({ io, output }: Call, options: TestOptions, file?: string): Promise<number> {
  const { policy, mode } = options;
  const path = file
    ? resolve(io.cwd, file)
    : repositoryFile(await configOf({ mode }, io), 'policy-tests.yaml');
  const rules = await policyOfFile(io, { file: policy, mode });
  const tests = readPolicyTests(await readText(path), path);
  if (!rules.values || !tests.values) throw wrong([...rules.problems, ...tests.problems]);
  const results = runPolicyTests(rules.values.policy, tests.values);
  await output.rows(results, COLUMNS, 'the file has no tests');
  const failed = results.filter(({ passed }) => !passed).length;
  const summary = { file: path, tests: results.length, failed };
  await output.result(summary, () => `${results.length - failed} of ${results.length} passed`);
  return failed === 0 ? EXIT.done : EXIT.failed;
}
