/** A /16 of loopback for one sandbox alone, held by a socket as long as the process lives. */
import { createServer, type Server } from 'node:net';
import { POD_ADDRESSES, podAddress } from './addresses.ts';

const LOCK_PORT = 30_961;
/** 10.0 reads as no network, 10.96 is where Services live by default, 10.255 is used up by API
 * servers that advertise an address nobody listens on. */
const NOT_OURS = new Set([0, 96, 255]);

export interface Network {
  /** The second octet: pods live in 10.octet.0.0/16. */
  octet: number;
  release(): Promise<void>;
}

/** Takes a network that nobody on this machine holds. */
export async function claimNetwork(random: () => number): Promise<Network> {
  const first = Math.floor(random() * 256);
  for (let offset = 0; offset < 256; offset += 1) {
    const octet = (first + offset) % 256;
    const lock = NOT_OURS.has(octet) ? undefined : await lockOf(octet);
    if (lock) return { octet, release: () => new Promise((done) => lock.close(() => done())) };
  }
  throw new Error(
    'every network 127.1 to 127.254 is taken: stop a sandbox that runs on this machine',
  );
}

function lockOf(octet: number): Promise<Server | undefined> {
  const lock = createServer((socket) => socket.destroy());
  lock.unref();
  return new Promise((resolve) => {
    lock.once('error', () => resolve(undefined));
    lock.listen({ host: `127.${octet}.0.1`, port: LOCK_PORT, exclusive: true }, () =>
      resolve(lock),
    );
  });
}

/** Hands out pod addresses, and gives one back to another pod as late as it can. */
export class AddressPool {
  readonly #octet: number;
  readonly #used = new Set<string>();
  #next = 0;

  constructor(octet: number) {
    this.#octet = octet;
  }

  take(): string {
    for (let tries = 0; tries < POD_ADDRESSES; tries += 1) {
      const address = podAddress(this.#octet, this.#next);
      this.#next = (this.#next + 1) % POD_ADDRESSES;
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    throw new Error(`all ${POD_ADDRESSES} pod addresses of 10.${this.#octet} are in use`);
  }

  /** Keeps an address that a pod has from before; false when it is not one of this network. */
  keep(address: string): boolean {
    if (!address.startsWith(`10.${this.#octet}.`)) return false;
    this.#used.add(address);
    return true;
  }

  give(address: string): void {
    this.#used.delete(address);
  }
}
