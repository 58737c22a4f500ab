import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MeshError } from '#errors';
import { aTool } from './tool.js';
import type { ToolContext } from './tool.js';
import { textInIfAny, writeIn } from './workspace-file.js';

const input = z.strictObject({
  path: z.string().describe('path of the file, relative to the workspace; made if there is none'),
  find: z
    .string()
    .optional()
    .describe(
      'the text to replace, exactly as it stands in the file and only once; leave out to write the whole file',
    ),
  replace: z
    .string()
    .max(512 * 1024)
    .describe('the new text'),
});

type Edit = z.output<typeof input>;

/** What an edit makes of a file, by digest: tells later whether it was made already. */
type Planned = Readonly<{ before: string | null; after: string }>;

/**
 * Changes a text file. What the change makes of it is put on record first, so that an attempt after one that died in
 * between can tell whether the change was made.
 */
export const editFileTool = aTool({
  description: 'Replaces a text in a file of the workspace, or writes the whole file. Read the file first.',
  input,
  what: ({ path }) => path,
  async run(edit, { key, step, workspace }) {
    const planned = await step(`${key}:planned`, 'edit-file:planned', async () => ({
      result: await plan(workspace, edit),
    }));
    const text = await textInIfAny(workspace, edit.path);
    const now = digestOf(text);
    if (now === planned.after) return `done: ${edit.path}`;
    if (now !== planned.before)
      throw new MeshError(
        'invalid_request',
        `path: "${edit.path}" was changed by somebody else meanwhile: read it again`,
      );
    await writeIn(workspace, edit.path, applied(text, edit), draftOf(key));
    return `done: ${edit.path}`;
  },
  async again(edit, { key, isDone, step, workspace }) {
    if (!(await isDone(`${key}:planned`))) return;
    const planned = await step<Planned>(`${key}:planned`, 'edit-file:planned', () =>
      Promise.reject(lost(edit.path)),
    );
    const text = await textInIfAny(workspace, edit.path);
    const now = digestOf(text);
    if (now === planned.after) return;
    if (now !== planned.before) throw lost(edit.path);
    await writeIn(workspace, edit.path, applied(text, edit), draftOf(key));
  },
});

/** E.g. a command of that attempt had made the file: commands are not run again. */
const lost = (path: string) =>
  new MeshError(
    'unsupported',
    `edit-file: "${path}" is not in this attempt's new folder as it was in that of the attempt that changed it`,
    { hint: 'submit the task again' },
  );

async function plan(workspace: string, edit: Edit): Promise<Planned> {
  const text = await textInIfAny(workspace, edit.path);
  return { before: digestOf(text), after: digestOf(applied(text, edit)) ?? '' };
}

function applied(text: string | null, { find, replace, path }: Edit): string {
  if (find === undefined || find === '') return replace;
  const at = text?.indexOf(find) ?? -1;
  if (text === null || at < 0)
    throw new MeshError(
      'invalid_request',
      `find: this text is not in "${path}": read the file and take it from there`,
    );
  if (text.includes(find, at + 1))
    throw new MeshError(
      'invalid_request',
      `find: this text is in "${path}" more than once: take more lines around it`,
    );
  return text.slice(0, at) + replace + text.slice(at + find.length);
}

const digestOf = (text: string | null): string | null =>
  text === null ? null : createHash('sha256').update(text).digest('hex');

/** Of this use, and of no other. */
const draftOf = (key: ToolContext['key']): string =>
  `.${createHash('sha256').update(key).digest('hex').slice(0, 16)}.draft`;
