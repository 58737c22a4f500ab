import { Agent, request } from 'node:http';

/** Submits tasks over HTTP on connections that are kept, as a busy client would. */
export class Submitter {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    private readonly token: string,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @returns the task's id, once it is acknowledged */
  submit(input: string): Promise<string> {
    const body = JSON.stringify({ description: 'no-op', input, agentId: 'echo' });
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const asked = request(
        `${this.url}/v1/tasks`,
        { method: 'POST', agent: this.agent, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            if (response.statusCode === 201) resolve((JSON.parse(text) as { id: string }).id);
            else reject(new Error(`answered ${response.statusCode}: ${text}`));
          });
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
