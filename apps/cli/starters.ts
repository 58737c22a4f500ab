import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '#errors';

/** A file to start from, and whether it was there before. */
export type Starter = Readonly<{ path: string; state: 'written' | 'kept' }>;

const RUNTIME = `# How CoderClaw runs here. Every key is optional, unknown ones are errors; \`coderclaw doctor\` reads this file.
mode: local-only

# What a server for several people needs (then: coderclaw init, which makes the first admin):
#mode: remote-enabled
#database: { url: "postgres://coderclaw@db.example:5432/coderclaw" }
#nats: { url: "nats://nats.example:4222", user: server, passwordFile: /run/secrets/nats }
#http: { host: 0.0.0.0, port: 7411, publicUrl: "https://mesh.example" }

# Roles of a new user who signs in for the first time.
#security: { defaultRoles: [developer] }

# Tasks that run at once.
#deployment: { maxConcurrentTasks: 10 }

# Of them, of one session and by one agent; and how many may wait.
#limits: { maxConcurrentTasksPerSession: 5, maxConcurrentTasksPerAgent: { shell: 2 }, maxQueuedTasks: 100000 }
`;

const SECURITY = `# Who may do what, on top of roles. Every key only narrows; unknown ones are errors.
# \`coderclaw policy check\` asks it, \`coderclaw policy test\` tests it.

# Only from machines whose key is enrolled.
#enforceTrust: true
#minimumTrustLevel: verified

#allowedRoles: [admin, developer]
#deniedUsers: [mallory]

# Roles beside admin, developer, readonly and ci.
#roles:
#  custom-developer: { inherits: developer, additionalPermissions: [config:read] }

#agentPolicies:
#  - { agentId: shell, allowedRoles: [admin, developer] }

# A dangerous skill needs an entry that allows it, except in local-only mode.
#skillPolicies:
#  - { skillId: shell-exec, dangerous: true, allowedRoles: [developer] }
`;

const POLICY_TESTS = `# What the policy should decide. \`coderclaw policy test\` asks .coderClaw/security.yaml, with no server.
# Change a rule there, write down here what should come of it, and let CI run it: docs/policy.md says every key.
tests:
  - name: developers submit tasks
    as: { user: ada, roles: [developer], trust: verified }
    permission: task:submit
    expect: allowed
  - name: who only reads submits nothing
    as: { user: rob, roles: [readonly], trust: verified }
    permission: task:submit
    expect: denied
  - name: a role that nobody defined grants nothing
    as: { user: eve, roles: [nosuch], trust: verified }
    permission: task:read
    expect: denied
#  - name: a user who is denied
#    as: { user: mallory, roles: [developer], trust: verified }
#    permission: task:read
#    expect: denied
#    rule: repository.deniedUsers
`;

/** Data, and the token of a local server: nothing that belongs into a repository. */
const GITIGNORE = 'data/\n';

const FILES = [
  ['runtime.yaml', RUNTIME],
  ['security.yaml', SECURITY],
  ['policy-tests.yaml', POLICY_TESTS],
  ['.gitignore', GITIGNORE],
] as const;

/** Writes what is not there yet into the repository's \`.coderClaw\`. */
export async function writeStarters(repository: string): Promise<readonly Starter[]> {
  const folder = join(repository, '.coderClaw');
  try {
    await mkdir(folder, { recursive: true });
    const written: Starter[] = [];
    for (const [name, text] of FILES) written.push(await writeNew(join(folder, name), text));
    return written;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const hint = 'run it in a folder that is yours';
    throw new MeshError('invalid_request', `${folder} cannot be written (${code})`, { hint }, { cause });
  }
}

async function writeNew(path: string, text: string): Promise<Starter> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return { path, state: 'written' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return { path, state: 'kept' };
    throw error;
  }
}
