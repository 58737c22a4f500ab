import { appendFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where what this run of the tests puts out is kept, for the search at its end. Set by test/global-setup.ts. */
export const RUN_FOLDER = 'CODERCLAW_TEST_RUN';

/**
 * What may stand in an output. `told`: read by people, other programs or other users, so nothing of a secret's form;
 * `at-rest`: tables that lawfully hold hashes of secrets, but never a secret that a test knows.
 */
const OUTPUT_KINDS = ['told', 'at-rest'] as const;

export type OutputKind = (typeof OUTPUT_KINDS)[number];

export type Output = Readonly<{ kind: OutputKind; name: string; text: string }>;

const folder = (): string | undefined => process.env[RUN_FOLDER];

/** Whether a run keeps its outputs: a benchmark, say, does not. */
export const isKept = (): boolean => folder() !== undefined;

/** Keeps what was put out, under a name that tells where it came from; more of the same name is added to it. */
export function keepOutput(name: string, text: string | Uint8Array, kind: OutputKind = 'told'): void {
  const run = folder();
  if (run === undefined || text.length === 0) return;
  mkdirSync(join(run, kind), { recursive: true });
  appendFileSync(join(run, kind, `${name}-${process.pid}.txt`), text);
}

/** Notes a secret to be searched for; without one, that something with the mark of all planted ones was planted. */
export function noteSecret(what: string, secret?: string): void {
  const run = folder();
  if (run === undefined) return;
  mkdirSync(join(run, 'secrets'), { recursive: true });
  appendFileSync(join(run, 'secrets', `${process.pid}.jsonl`), `${JSON.stringify({ what, secret })}\n`);
}

export type NotedSecret = Readonly<{ what: string; secret?: string }>;

const textsIn = (run: string, name: string): readonly Readonly<{ name: string; text: string }>[] => {
  try {
    return readdirSync(join(run, name)).map((file) => ({
      name: file,
      text: readFileSync(join(run, name, file), 'utf8'),
    }));
  } catch {
    return []; // nothing of this kind was kept
  }
};

/** Everything that was kept and noted so far. */
export function readRun(): Readonly<{ outputs: readonly Output[]; secrets: readonly NotedSecret[] }> {
  const run = folder() ?? '';
  const outputs = OUTPUT_KINDS.flatMap((kind) => textsIn(run, kind).map((file) => ({ kind, ...file })));
  const noted = textsIn(run, 'secrets').flatMap(({ text }) => text.trim().split('\n'));
  return { outputs, secrets: noted.map((line) => JSON.parse(line) as NotedSecret) };
}
