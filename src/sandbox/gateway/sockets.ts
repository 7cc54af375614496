/** The ports the gateway listens on, kept to those that are wanted. */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import type { Origin } from './decision.ts';
import { handleRequest, type Front } from './front.ts';
import { tunnelConnection, tunnelUpgrade } from './tunnel.ts';

export interface WantedSocket {
  /** Tells the sockets apart. */
  id: string;
  address: string;
  /** 0: any. */
  port: number;
  protocol: 'http' | 'tcp';
  origin: Origin;
  /** Told when the port cannot be had, once until it can. */
  onRefused: (message: string) => void;
}

interface Opened {
  wanted: WantedSocket;
  server: Server;
  port: number;
}

export class Sockets {
  readonly #front: Front;
  readonly #open = new Map<string, Opened>();
  readonly #refused = new Map<string, string>();

  constructor(front: Front) {
    this.#front = front;
  }

  /** Opens and closes until the wanted ones are open, as far as this machine lets us. */
  async reconcile(wanted: WantedSocket[]): Promise<void> {
    const byId = new Map(wanted.map((one) => [one.id, one]));
    for (const [id, { wanted: old, server }] of this.#open) {
      const now = byId.get(id);
      if (now && now.protocol === old.protocol && now.port === old.port) continue;
      this.#open.delete(id);
      closeGently(server);
    }
    for (const id of this.#refused.keys()) if (!byId.has(id)) this.#refused.delete(id);
    await Promise.all([...byId.values()].map((one) => this.#ensure(one)));
  }

  /** The port an open socket has. */
  portOf(id: string): number | undefined {
    return this.#open.get(id)?.port;
  }

  /** Why a wanted socket is not open. */
  refusalOf(id: string): string | undefined {
    return this.#refused.get(id);
  }

  get refusals(): number {
    return this.#refused.size;
  }

  async close(): Promise<void> {
    const servers = [...this.#open.values()].map(({ server }) => server);
    this.#open.clear();
    for (const tunnel of this.#front.tunnels) tunnel.destroy();
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        if ('closeAllConnections' in server) (server as HttpServer).closeAllConnections();
        return closed;
      }),
    );
  }

  async #ensure(wanted: WantedSocket): Promise<void> {
    const open = this.#open.get(wanted.id);
    if (open) {
      // The port stays while what is behind it changes.
      open.wanted = wanted;
      return;
    }
    const holder: { open: Opened | undefined } = { open: undefined };
    const originOf = (): Origin => holder.open?.wanted.origin ?? wanted.origin;
    const server = serverFor(this.#front, wanted, originOf);
    const failure = await listen(server, wanted);
    if (failure === undefined) {
      this.#refused.delete(wanted.id);
      const { port } = server.address() as AddressInfo;
      holder.open = { wanted, server, port };
      this.#open.set(wanted.id, holder.open);
    } else if (this.#refused.get(wanted.id) !== failure) {
      this.#refused.set(wanted.id, failure);
      wanted.onRefused(failure);
    }
  }
}

function serverFor(front: Front, { protocol }: WantedSocket, originOf: () => Origin): Server {
  if (protocol === 'tcp')
    return createTcpServer((socket) => {
      const origin = originOf();
      if (origin.kind === 'service') tunnelConnection(front, origin, socket);
    });
  // Long uploads and long polls are the business of the application behind.
  const server = createHttpServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
  server.on('request', (request, response) => {
    response.on('error', () => response.destroy());
    try {
      handleRequest(front, originOf(), { request, response });
    } catch (error) {
      // A header of a route that HTTP does not allow; nothing of the kind may stop the others.
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(`${(error as Error).message}\n`);
    }
  });
  server.on('upgrade', (request, socket, head) => {
    tunnelUpgrade(front, originOf(), { request, socket, head });
  });
  return server;
}

const BACKLOG = 1_024;

/** Undefined when it listens, otherwise what to tell. */
function listen(
  server: Server,
  { address, port }: { address: string; port: number },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(`cannot listen on ${address}:${port}: ${error.code ?? error.message}`);
    });
    server.listen({ host: address, port, backlog: BACKLOG, exclusive: true }, () =>
      resolve(undefined),
    );
  });
}

/** Takes nothing new; what is under way finishes. */
function closeGently(server: Server): void {
  server.close();
  if ('closeIdleConnections' in server) (server as HttpServer).closeIdleConnections();
}
