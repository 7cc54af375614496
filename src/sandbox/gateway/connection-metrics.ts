/** Connections that are passed through by Service, route and version, in the Prometheus text format. */
import type { Socket } from 'node:net';
import { labelText } from './metric-labels.ts';

export interface ConnectionLabels {
  namespace: string;
  service: string;
  route: string;
  pod_template_hash: string;
  version: string;
}

const OPENED = 'segue_gateway_connections_opened_total';
const CLOSED = 'segue_gateway_connections_closed_total';
const REFUSED = 'segue_gateway_connections_refused_total';
const BYTES = 'segue_gateway_connection_bytes_total';

/** Those to the pods of one version, by one route. */
class Connections {
  readonly #open = new Set<Socket>();
  #opened = 0;
  /** Of those that are over. */
  #sent = 0;
  #received = 0;

  opened(upstream: Socket): void {
    this.#opened += 1;
    this.#open.add(upstream);
    upstream.once('close', () => {
      this.#open.delete(upstream);
      this.#sent += upstream.bytesWritten;
      this.#received += upstream.bytesRead;
    });
  }

  get counts() {
    const open = [...this.#open];
    const sum = (of: (one: Socket) => number, over: number) =>
      open.reduce((all, one) => all + of(one), over);
    return {
      opened: this.#opened,
      closed: this.#opened - open.length,
      toBackend: sum((one) => one.bytesWritten, this.#sent),
      toClient: sum((one) => one.bytesRead, this.#received),
    };
  }
}

export class ConnectionMetrics {
  readonly #series = new Map<string, Connections>();
  readonly #refused = new Map<string, number>();

  /** @param upstream connected to a pod of that version */
  opened(labels: ConnectionLabels, upstream: Socket): void {
    const key = labelText({ ...labels });
    const series = this.#series.get(key) ?? new Connections();
    this.#series.set(key, series);
    series.opened(upstream);
  }

  /** Nobody was there who could have had it. */
  refused(labels: Pick<ConnectionLabels, 'namespace' | 'service' | 'route'>): void {
    const key = labelText({ ...labels });
    this.#refused.set(key, (this.#refused.get(key) ?? 0) + 1);
  }

  lines(): string[] {
    const all = [...this.#series].map(([labels, { counts }]) => ({ labels, ...counts }));
    return [
      `# HELP ${OPENED} Connections passed through, by the Service and the version that has them.`,
      `# TYPE ${OPENED} counter`,
      ...all.map(({ labels, opened }) => `${OPENED}{${labels}} ${opened}`),
      `# HELP ${CLOSED} Those of them that are over.`,
      `# TYPE ${CLOSED} counter`,
      ...all.map(({ labels, closed }) => `${CLOSED}{${labels}} ${closed}`),
      `# HELP ${REFUSED} Connections that no endpoint could have.`,
      `# TYPE ${REFUSED} counter`,
      ...[...this.#refused].map(([labels, count]) => `${REFUSED}{${labels}} ${count}`),
      `# HELP ${BYTES} What was passed through, of open connections too.`,
      `# TYPE ${BYTES} counter`,
      ...all.flatMap(({ labels, toBackend, toClient }) => [
        `${BYTES}{${labels},to="backend"} ${toBackend}`,
        `${BYTES}{${labels},to="client"} ${toClient}`,
      ]),
    ];
  }
}
