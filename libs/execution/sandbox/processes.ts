import { SilentLogger } from '#contract';
import type { Logger } from '#contract';
import { MeshError, messageOf } from '#errors';
import { scrubbed } from '../environment.js';
import { Supervisor } from '../supervisor.js';
import type { SandboxRequest, SandboxRun } from '../supervisor.js';
import { forwarderScript } from '../supervisor/entry.js';
import type { BoxOrder } from '../supervisor/protocol.js';
import { ARTIFACTS_INSIDE, bwrapOptions } from './box.js';
import { findBubblewrap } from './bubblewrap.js';
import type { Bubblewrap } from './bubblewrap.js';
import { findCgroups } from './cgroups.js';
import type { Cgroups } from './cgroups.js';
import { confinementOf, remedyFor } from './confinement.js';
import type { Confinement, SandboxSetting, Trial } from './confinement.js';
import { openEgress } from './egress/proxy.js';
import type { Egress } from './egress/proxy.js';
import type { Network } from './egress/way.js';
import { PROXY_ENVIRONMENT, insideOf } from './inside.js';
import { DEFAULT_LIMITS, limitReasons } from './limits.js';
import type { Limits } from './limits.js';
import { problemsOfBox } from './probe.js';
import { surveyed } from './survey.js';

export type ProcessSettings = Readonly<{
  /** @default auto */
  sandbox?: SandboxSetting | undefined;
  /** Whether this is the user's own machine, where `auto` may mean no sandbox. @default false */
  local?: boolean | undefined;
  /** The program. @default the one on the PATH */
  bwrap?: string | undefined;
  limits?: Partial<Limits> | undefined;
  /** What tasks may reach; `*.example.com` for all below it. @default nothing */
  allowedDomains?: readonly string[] | undefined;
  /** Folders and files, beside the PATH's, that tasks may read. */
  toolchains?: readonly string[] | undefined;
  /** Folders and files that no task may see, although its workspace holds them. */
  hidden?: readonly string[] | undefined;
  logger?: Logger | undefined;
  /** @default the internet */
  network?: Network | undefined;
}>;

export type ProcessRequest = Readonly<{
  /** Given to `sh`. */
  command: string;
  workspace: string;
  /** The folder for what is to be kept: the command finds it in `CODERCLAW_ARTIFACTS`. */
  artifacts?: string | undefined;
  /** Beside what every process sees. */
  env?: Readonly<Record<string, string>> | undefined;
  /** The same, but on no command line, where every user of the machine could read them. */
  secrets?: Readonly<Record<string, string>> | undefined;
  /** Whether it is told something with `send`. @default false */
  takesInput?: boolean | undefined;
  /** What this task may reach, if that is not what the settings say. */
  domains?: readonly string[] | undefined;
  remainingMs: SandboxRequest['remainingMs'];
  write: SandboxRequest['write'];
}>;

/** What boxes are made with. */
type Tools = Readonly<{ bwrap: Pick<Bubblewrap, 'path' | 'prlimit'>; cgroups: Cgroups }>;
type Opened = Tools & Readonly<{ confinement: Confinement }>;

const NO_CGROUPS: Cgroups = {
  grouped: { memory: false, processes: false, cpu: false },
  orders: () => [],
  detail: 'not looked at',
};
const PROBE_LEASE_MS = 30_000;

/** Starts what tasks run, in a box that was tried first; or bare, or not at all, as the settings have it. */
export class Processes {
  private readonly supervisor = new Supervisor();
  private readonly limits: Limits;
  private opened: Promise<Opened> | null = null;

  constructor(private readonly settings: ProcessSettings = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...settings.limits };
  }

  /** Tries a box, and says how processes run here. Later calls answer what the first found. */
  async open(): Promise<Confinement> {
    this.opened ??= this.tried();
    return (await this.opened).confinement;
  }

  /** @throws {MeshError} `unsupported` with the way out where this worker starts no processes */
  async ready(): Promise<void> {
    const confinement = await this.open();
    if (confinement.kind === 'refused') throw new MeshError('unsupported', confinement.reason);
  }

  /** Ends whatever still runs. */
  close(): Promise<void> {
    return this.supervisor.close();
  }

  /**
   * Runs a command.
   *
   * @throws {MeshError} `unsupported` with the way out where this worker starts no processes, `invalid_request` for a
   *   workspace that no task may have
   */
  async run(request: ProcessRequest): Promise<SandboxRun> {
    await this.ready();
    const { confinement, ...tools } = (await this.opened) as Opened;
    if (confinement.kind === 'bubblewrap') return this.runInBox(request, tools);
    const { command, artifacts, env, secrets, takesInput, workspace, remainingMs, write } = request;
    return this.supervisor.run({
      command,
      cwd: workspace,
      env: { ...scrubbed(process.env), ...keeping(artifacts), ...env, ...secrets },
      remainingMs,
      takesInput,
      write,
    });
  }

  private async tried(): Promise<Opened> {
    const { sandbox = 'auto', local = false, bwrap } = this.settings;
    const nothing = { bwrap: { path: '', prlimit: '' }, cgroups: NO_CGROUPS };
    await this.supervisor.open();
    if (sandbox === 'none') return { ...nothing, confinement: confinementOf(sandbox, local, null) };
    const found = await findBubblewrap(bwrap);
    if ('problem' in found || found.missing.length > 0) {
      const problem =
        'problem' in found ? found.problem : `bwrap ${found.version} lacks ${found.missing.join(', ')}`;
      return { ...nothing, confinement: confinementOf(sandbox, local, failed(problem)) };
    }
    const tools = { bwrap: found, cgroups: findCgroups() };
    const [problem] = await problemsOfBox((command, workspace) => this.outputOf(command, workspace, tools));
    const detail = `bwrap ${found.version}, cgroups ${tools.cgroups.detail}`;
    const trial: Trial = problem === undefined ? { holds: true, detail } : failed(problem);
    return { confinement: confinementOf(sandbox, local, trial), ...tools };
  }

  private async outputOf(command: string, workspace: string, tools: Tools): Promise<string> {
    const said: Uint8Array[] = [];
    const write = (_pipe: unknown, bytes: Uint8Array): Promise<void> => {
      said.push(bytes);
      return Promise.resolve();
    };
    const request = { command, workspace, domains: [], remainingMs: PROBE_LEASE_MS, write };
    await (
      await this.runInBox(request, tools)
    ).ended;
    return Buffer.concat(said).toString('utf8');
  }

  private async runInBox(request: ProcessRequest, tools: Tools): Promise<SandboxRun> {
    const { allowedDomains = [], logger = new SilentLogger(), network } = this.settings;
    const { domains = allowedDomains, command, remainingMs, takesInput, workspace, write } = request;
    const egress = domains.length === 0 ? null : await openEgress({ domains, logger, network });
    try {
      const box = await this.boxOf(request, egress, tools);
      const env = scrubbed(process.env);
      const asked = { command, cwd: workspace, env, remainingMs, takesInput, write, box };
      const run = await this.supervisor.run(asked);
      const closed = egress && run.ended.then(egress.close, egress.close);
      closed?.catch((error: unknown) =>
        logger.warn('a way out was not tidied up', { error: messageOf(error) }),
      );
      return run;
    } catch (error) {
      await egress?.close();
      throw error;
    }
  }

  private async boxOf(
    { artifacts, env, secrets = {}, workspace }: ProcessRequest,
    egress: Egress | null,
    { bwrap, cgroups }: Tools,
  ): Promise<BoxOrder> {
    const { toolchains = [], hidden = [] } = this.settings;
    const way = egress && { socket: egress.socket, script: await forwarderScript() };
    const box = surveyed({
      workspace,
      artifacts,
      env: { ...(egress ? PROXY_ENVIRONMENT : {}), ...keeping(artifacts && ARTIFACTS_INSIDE), ...env },
      toolchains,
      hidden,
      temporaryMb: this.limits.temporaryMb,
      egress: way,
    });
    const { enter, last } = bwrapOptions(box);
    return {
      enter: [bwrap.path, ...enter],
      last,
      inside: insideOf({
        egress: way,
        prlimit: bwrap.prlimit,
        limits: this.limits,
        grouped: cgroups.grouped,
      }),
      groups: cgroups.orders(this.limits),
      disk: {
        folders: [box.workspace, box.artifacts].filter((folder) => folder !== null),
        maxBytes: this.limits.diskMb * 1024 * 1024,
        ignore: [...box.hidden, ...box.kept],
      },
      limits: limitReasons(this.limits),
      secrets,
    };
  }
}

/** Tells a process where to leave what is to be kept. */
const keeping = (folder: string | undefined): Readonly<Record<string, string>> =>
  folder === undefined ? {} : { CODERCLAW_ARTIFACTS: folder };

const failed = (problem: string): Trial => ({ holds: false, problem, remedy: remedyFor(problem) });
