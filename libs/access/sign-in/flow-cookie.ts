import { FLOW_MS, decodeFlow, encodeFlow } from './sign-in-flow.js';
import type { Flow } from './sign-in-flow.js';
import { refused } from './sign-in-refused.js';

/**
 * The cookie of a sign-in under way. Over https it is a `__Host-` cookie, which no other host of the domain can plant:
 * browsers take that name only with `Secure` and `Path=/`. Over http, where that cannot be had, it is sent no further
 * than sign-in itself.
 */
export class FlowCookie {
  private readonly name: string;
  private readonly attributes: string;

  constructor(publicUrl: URL) {
    const secure = publicUrl.protocol === 'https:';
    this.name = secure ? '__Host-coderclaw-sign-in' : 'coderclaw-sign-in';
    this.attributes = `${secure ? 'Path=/; Secure' : 'Path=/v1/auth'}; HttpOnly; SameSite=Lax`;
  }

  /** The `Set-Cookie` that begins a sign-in. */
  holding(flow: Flow): string {
    return `${this.name}=${encodeFlow(flow)}; ${this.attributes}; Max-Age=${FLOW_MS / 1000}`;
  }

  /** The `Set-Cookie` that ends it. */
  get cleared(): string {
    return `${this.name}=; ${this.attributes}; Max-Age=0`;
  }

  /**
   * The sign-in that a `Cookie` header holds.
   *
   * @throws {MeshError} `unauthenticated` for none, for two, and for one that we did not make
   */
  flowIn(header: string | undefined): Flow {
    const [value, another] = (header ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${this.name}=`))
      .map((pair) => pair.slice(this.name.length + 1));
    if (!value) throw refused('no sign-in is under way in this browser', BEGIN_AGAIN);
    if (another !== undefined) throw refused('two sign-ins claim to be under way', BEGIN_AGAIN);
    const flow = decodeFlow(value);
    if (!flow) throw refused('the cookie of the sign-in is not one of ours', BEGIN_AGAIN);
    return flow;
  }
}

export const BEGIN_AGAIN = 'begin the sign-in again, and finish it in the same browser within 10 minutes';
