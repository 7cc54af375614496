/** The side of the fault proxy that speaks to the API server. */
import * as http from 'node:http';
import * as https from 'node:https';

export interface UpstreamOptions {
  /** Base URL of the API server. */
  server: string;
  /** PEM bundle that signs its certificate. */
  ca?: string;
  insecureSkipVerify: boolean;
}

export interface UpstreamAnswer {
  code: number;
  headers: http.OutgoingHttpHeaders;
  /** All of it. */
  body(): Promise<Buffer>;
  /** As it comes. */
  pipe(response: http.ServerResponse): void;
}

interface Sent {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Of one connection, not of the message. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

export class Upstream {
  private readonly options: UpstreamOptions;
  private readonly agent: http.Agent;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.agent = this.isTls
      ? new https.Agent({
          keepAlive: true,
          rejectUnauthorized: !options.insecureSkipVerify,
          ...(options.ca !== undefined && { ca: options.ca }),
        })
      : new http.Agent({ keepAlive: true });
  }

  /** Rejects when no answer comes; ends with the client's `response`. */
  send(sent: Sent, response: http.ServerResponse): Promise<UpstreamAnswer> {
    const { method, path, body } = sent;
    const headers = endToEnd(sent.headers);
    if (body !== '') headers['content-length'] = Buffer.byteLength(body);
    const { request } = this.isTls ? https : http;
    return new Promise((resolve, reject) => {
      const url = this.options.server + path;
      const asked = request(url, { method, headers, agent: this.agent }, (answer) => {
        resolve(answerOf(answer));
      });
      asked.on('error', reject);
      response.on('close', () => {
        if (!response.writableFinished) asked.destroy();
      });
      asked.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private get isTls(): boolean {
    return this.options.server.startsWith('https:');
  }
}

function answerOf(answer: http.IncomingMessage): UpstreamAnswer {
  return {
    code: answer.statusCode ?? 502,
    headers: endToEnd(answer.headers),
    async body() {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
    pipe(response) {
      answer.on('error', () => response.socket?.resetAndDestroy());
      answer.pipe(response);
    },
  };
}

function endToEnd(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
