import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../.cache/supervisor/', import.meta.url));

/** The file to start as the supervisor: the built one or, when we run from the sources (tests do), one built for it. */
export const supervisorEntry = (): Promise<string> => builtFile('main.js');

/** The script that carries to a proxy, for node to run inside a box. */
export const forwarderScript = (): Promise<string> => builtFile('forwarder.js');

async function builtFile(name: string): Promise<string> {
  const built = join(HERE, name);
  return existsSync(built) ? built : join(await buildFromSources(), name);
}

/** Plain node reads no TypeScript before 22.18. This folder imports nothing outside itself, so file by file will do. */
async function buildFromSources(): Promise<string> {
  const sources = readdirSync(HERE).filter((name) => name.endsWith('.ts') && !name.includes('.spec.'));
  const texts = sources.map((name) => readFileSync(join(HERE, name), 'utf8'));
  const folder = join(CACHE, createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  const { default: typescript } = await import('typescript');
  const { ES2022 } = typescript.ScriptTarget;
  const compilerOptions = {
    module: typescript.ModuleKind.ESNext,
    target: ES2022,
    verbatimModuleSyntax: true,
  };
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  sources.forEach((name, i) => {
    const { outputText } = typescript.transpileModule(texts[i] ?? '', { compilerOptions });
    writeFileSync(join(draft, name.replace(/\.ts$/, '.js')), outputText);
  });
  return publish(draft, folder);
}

/** Whole or not at all, also when several test files want it at once. */
function publish(draft: string, folder: string): string {
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
