import { readFileSync, statSync } from 'node:fs';
import type { Logger, Stop } from '#contract';
import { messageOf } from '#errors';
import { readSecurityPolicy } from '#policy';
import type { PolicyDocument } from '#policy';
import { invalidSettings } from '#settings';

/** How often the file is looked at. */
const LOOK_EVERY_MS = 1_000;

/** A policy in a file. Read again when it changes; while what it says is wrong, what it said before holds. */
export class PolicyFile {
  private mark: string;
  private current: PolicyDocument | null;
  private timer: NodeJS.Timeout | null = null;

  /** @throws {MeshError} `invalid_request` with every problem of the file: nothing starts with a policy it cannot read */
  constructor(
    private readonly path: string,
    private readonly logger: Logger,
  ) {
    this.mark = markOf(path);
    this.current = read(path);
  }

  /** What holds now; `null` where there is no file. */
  get document(): PolicyDocument | null {
    return this.current;
  }

  /** Calls `changed` whenever another policy holds. */
  watch(changed: () => void): Stop {
    this.timer = setInterval(() => this.look(changed), LOOK_EVERY_MS).unref();
    return () => {
      if (this.timer) clearInterval(this.timer);
      return Promise.resolve();
    };
  }

  private look(changed: () => void): void {
    const mark = markOf(this.path);
    if (mark === this.mark) return;
    this.mark = mark;
    try {
      this.current = read(this.path);
      this.logger.info('the policy has changed', { file: this.path });
      changed();
    } catch (error) {
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

function read(path: string): PolicyDocument | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { values, problems } = readSecurityPolicy(text, path);
  if (values) return values;
  throw invalidSettings(problems);
}
