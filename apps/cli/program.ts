import { Command } from 'commander';
import { agents } from './commands/agents.js';
import { approve } from './commands/approve.js';
import { artifacts } from './commands/artifacts.js';
import { audit } from './commands/audit.js';
import { cancel } from './commands/cancel.js';
import { deadLetter } from './commands/dead-letter.js';
import { deny } from './commands/deny.js';
import { device } from './commands/device.js';
import { doctor } from './commands/doctor.js';
import { events } from './commands/events.js';
import { get } from './commands/get.js';
import { init } from './commands/init.js';
import { limits } from './commands/limits.js';
import { list } from './commands/list.js';
import { login } from './commands/login.js';
import { logout } from './commands/logout.js';
import { memory } from './commands/memory.js';
import { pause } from './commands/pause.js';
import { policy } from './commands/policy.js';
import { projections } from './commands/projections.js';
import { resume } from './commands/resume.js';
import { run } from './commands/run.js';
import { schedule } from './commands/schedule.js';
import { serve } from './commands/serve.js';
import { session } from './commands/session.js';
import { status } from './commands/status.js';
import { submit } from './commands/submit.js';
import { tenant } from './commands/tenant.js';
import { token } from './commands/token.js';
import { user } from './commands/user.js';
import { watch } from './commands/watch.js';
import { whoami } from './commands/whoami.js';
import { worker } from './commands/worker.js';
import type { Io } from './io.js';
import { COMMON_OPTIONS, examples } from './verb.js';
import type { Verb, Verbs } from './verb.js';

/** In the order of the help. */
const VERBS: readonly Verb[] = [
  run,
  submit,
  watch,
  get,
  artifacts,
  list,
  events,
  cancel,
  pause,
  resume,
  approve,
  deny,
  deadLetter,
  schedule,
  agents,
  status,
  login,
  logout,
  whoami,
  session,
  memory,
  device,
  token,
  user,
  tenant,
  limits,
  policy,
  audit,
  projections,
  init,
  serve,
  worker,
  doctor,
];

/** The whole command line. */
export function programOf(verbs: Verbs, io: Pick<Io, 'stdout' | 'stderr'>): Command {
  const program = new Command('coderclaw')
    .description(
      'Runs tasks of AI agents and commands; every step is recorded, every decision can be asked for.',
    )
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {}, // said once, by whoever called
    })
    .usage('[options] <verb> [...]')
    .addHelpText(
      'after',
      `\n  --version              say which version this is\n${examples(
        `coderclaw run "npm test"              run a command as a task, right here`,
        `coderclaw serve                       start a server; other calls find it by themselves`,
        `coderclaw submit "npm run build"      hand it a task, and go on`,
        `coderclaw list --status running       what runs`,
      )}\n\nWhere: --url, else CODERCLAW_URL, else what .coderClaw/runtime.yaml says, else this machine: signing in changes none of it\nExit codes: 0 done, 1 the task failed, 2 usage or a bad file, 3 denied, 4 not found, 5 unavailable, 130 interrupted`,
    );
  for (const option of COMMON_OPTIONS) program.addOption(option);
  for (const register of VERBS) register(program, verbs);
  return program;
}
