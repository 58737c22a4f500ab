import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';
import { writeWhole } from '../write-whole.js';

export const artifactsGet: Verb = (group, verbs) => {
  group
    .command('get')
    .argument('<taskId>')
    .argument('<name>', 'as `coderclaw get` lists it')
    .description('a file that a task left, as it is')
    .option('--output <file>', 'into this file (readable by you alone), once all of it is there')
    .addHelpText(
      'after',
      examples(
        'coderclaw artifacts get 0198c0de-… report.html --output report.html',
        'coderclaw artifacts get 0198c0de-… workspace.diff | git apply',
      ),
    )
    .action(verbs.action(work));
};

async function work(call: Call, { output }: { output?: string }, taskId = '', name = ''): Promise<void> {
  await call.api(async (api) => {
    const pieces = api.download(
      `/v1/tasks/${encodeURIComponent(taskId)}/artifacts/${encodeURIComponent(name)}`,
    );
    if (output === undefined) return toStdout(call, pieces);
    const { file, bytes } = await writeWhole(output, call.io.cwd, pieces);
    await call.output.result({ file, bytes }, () => `${bytes} bytes in ${file}`);
  });
}

/** The bytes are the result, whatever `--json` says. */
async function toStdout({ io }: Call, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    if (io.stdout.destroyed) return; // the reader has had enough
    await new Promise<void>((resolve) => io.stdout.write(piece, () => resolve()));
  }
}
