/** An endpoint with its connections, as long as any Service sends to it. */
import { Pool } from 'undici';
import type { Endpoint } from './endpoints.ts';
import type { Balanced } from './balancer.ts';
import { Http2Lines } from './http2-lines.ts';

const CONNECT_TIMEOUT_MS = 3_000;

/** What the metrics say of the pod behind an endpoint. */
export interface PodVersion {
  hash: string;
  version: string;
}

export class LiveEndpoint implements Balanced {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly pod: string;
  inFlight = 0;
  readonly #lookUp: (pod: string) => PodVersion | undefined;
  #pool: Pool | undefined;
  #lines: Http2Lines | undefined;
  #version: PodVersion | undefined;
  /** Ports of Services that send here. */
  #uses = 0;

  constructor(endpoint: Endpoint, lookUp: (pod: string) => PodVersion | undefined) {
    this.key = endpointKey(endpoint);
    this.address = endpoint.address;
    this.port = endpoint.port;
    this.pod = endpoint.pod;
    this.#lookUp = lookUp;
  }

  /** Opened at the first request: most endpoints of most Services never see one. */
  get pool(): Pool {
    this.#pool ??= new Pool(`http://${this.address}:${this.port}`, {
      connect: { timeout: CONNECT_TIMEOUT_MS },
      // Slow answers are the client's business, or that of the route's timeouts.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return this.#pool;
  }

  /** As `pool`, for HTTP/2. */
  get lines(): Http2Lines {
    const { address: host, port } = this;
    this.#lines ??= new Http2Lines({ host, port }, CONNECT_TIMEOUT_MS);
    return this.#lines;
  }

  /** Empty while the pod is not known; asked again then. */
  get version(): PodVersion {
    this.#version ??= this.pod === '' ? undefined : this.#lookUp(this.pod);
    return this.#version ?? { hash: '', version: '' };
  }

  use(): void {
    this.#uses += 1;
  }

  /** True when nobody sends here any more; what is in flight then finishes by itself. */
  unuse(): boolean {
    this.#uses -= 1;
    if (this.#uses > 0) return false;
    // `close` waits for the requests under way, and destroying twice is no error to us.
    this.#pool?.close().catch(() => undefined);
    this.#lines?.close();
    return true;
  }

  destroy(): void {
    this.#pool?.destroy().catch(() => undefined);
    this.#lines?.destroy();
  }
}

/** One address may belong to another pod later, which must not get its connections. */
export function endpointKey({ address, port, pod }: Endpoint): string {
  return `${address}:${port} ${pod}`;
}
