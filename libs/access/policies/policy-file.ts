import { readFileSync, statSync } from 'node:fs';
import type { Logger, Stop } from '#contract';
import { isMeshError, messageOf } from '#errors';
import { readSecurityPolicy } from '#policy';
import type { PolicyDocument, ReadOptions } from '#policy';
import { invalidSettings } from '#settings';

/** The mark of no file. */
const UNKNOWN = '';

/** How often the file is looked at. */
const LOOK_EVERY_MS = 1_000;

export type PolicyWatching = Readonly<{
  /** Called whenever another policy holds. */
  changed: () => void;
  /** Asked before another policy holds; what it throws is wrong with it. */
  accept?: ((document: PolicyDocument | null) => Promise<void>) | undefined;
}>;

/** A policy in a file. Read again when it changes; while what it says is wrong, what it said before holds. */
export class PolicyFile {
  private mark: string;
  private current: PolicyDocument | null;
  private timer: NodeJS.Timeout | null = null;

  /** @throws {MeshError} `invalid_request` with every problem of the file: nothing starts with a policy it cannot read */
  constructor(
    private readonly path: string,
    private readonly logger: Logger,
    private readonly options: ReadOptions = {},
  ) {
    this.mark = markOf(path);
    this.current = read(path, options);
  }

  /** What holds now; `null` where there is no file. */
  get document(): PolicyDocument | null {
    return this.current;
  }

  /** Looks at the file from now on. */
  watch(watching: PolicyWatching): Stop {
    let busy = false;
    const look = async () => {
      if (busy) return; // or what was read first might hold last
      busy = true;
      await this.look(watching);
      busy = false;
    };
    this.timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
    return () => {
      if (this.timer) clearInterval(this.timer);
      return Promise.resolve();
    };
  }

  private async look({ changed, accept }: PolicyWatching): Promise<void> {
    const mark = markOf(this.path);
    if (mark === this.mark) return;
    this.mark = mark;
    try {
      const next = read(this.path, this.options);
      await accept?.(next);
      this.current = next;
      this.logger.info('the policy has changed', { file: this.path });
      changed();
    } catch (error) {
      if (isMeshError(error, 'unavailable')) this.mark = UNKNOWN; // nothing is wrong with it: it is looked at again
      const problem = { file: this.path, error: messageOf(error) };
      this.logger.error('the policy is wrong; the one before it holds', problem);
    }
  }
}

/** Another one where the file is another; a file that is not there has one too. */
function markOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs}/${size}/${ino}`;
}

function read(path: string, options: ReadOptions): PolicyDocument | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { values, problems } = readSecurityPolicy(text, path, options);
  if (values) return values;
  throw invalidSettings(problems);
}
