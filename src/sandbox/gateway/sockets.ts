/** The ports the gateway listens on, kept to those that are wanted. */
import type { AddressInfo } from 'node:net';
import type { Origin } from './origin.ts';
import type { Front } from './front.ts';
import { createServer, type GatewayServer } from './server.ts';

export interface WantedSocket {
  /** Tells the sockets apart. */
  id: string;
  address: string;
  /** 0: any. */
  port: number;
  origin: Origin;
  /** Told when the port cannot be had, once until it can. */
  onRefused: (message: string) => void;
}

interface Opened {
  wanted: WantedSocket;
  server: GatewayServer;
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
      if (now?.port === old.port) continue;
      this.#open.delete(id);
      server.closeGently();
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
    await Promise.all(servers.map((server) => server.close()));
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
    const server = createServer(this.#front, originOf);
    const failure = await listen(server, wanted);
    if (failure === undefined) {
      this.#refused.delete(wanted.id);
      const { port } = server.listener.address() as AddressInfo;
      holder.open = { wanted, server, port };
      this.#open.set(wanted.id, holder.open);
    } else if (this.#refused.get(wanted.id) !== failure) {
      this.#refused.set(wanted.id, failure);
      wanted.onRefused(failure);
    }
  }
}

const BACKLOG = 1_024;

/** Undefined when it listens, otherwise what to tell. */
function listen(
  { listener }: GatewayServer,
  { address, port }: { address: string; port: number },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    listener.once('error', (error: NodeJS.ErrnoException) => {
      resolve(`cannot listen on ${address}:${port}: ${error.code ?? error.message}`);
    });
    listener.listen({ host: address, port, backlog: BACKLOG, exclusive: true }, () =>
      resolve(undefined),
    );
  });
}
