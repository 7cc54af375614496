/** What the command line needs of the outside; main.ts supplies it, tests fake it. */
import type { TrafficParts } from '../controller/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';

export interface CliDeps {
  version: string;
  /** How the user called it, for usage and hints: `segue`, or `kubectl segue` as a plugin. */
  invokedAs: string;
  clock: Clock;
  stdout: Output;
  stderr: Output;
  /** Everything on standard input, for `-f -`. */
  readStdin(): Promise<string>;
  connect(options: ConnectOptions): Promise<Connection>;
  /** What looks at Services and routes. */
  trafficParts(): Promise<TrafficParts>;
  /** What asks the sources of checks, as the user whose client it is. */
  metricProviders(client: KubeClient): Promise<ReadonlyMap<string, MetricProvider>>;
  /** The long-running ones resolve with the exit code when they have stopped. */
  runController(options: ControllerOptions): Promise<number>;
  sandboxUp(options: SandboxUpOptions): Promise<number>;
  sandboxNodes(options: SandboxNodesOptions): Promise<number>;
  sandboxGateway(options: ConnectOptions): Promise<number>;
  demo(options: DemoOptions): Promise<number>;
  /** The application that demo pods run. */
  demoApp(): Promise<number>;
  /** The process that sends the demo its traffic. */
  demoLoad(): Promise<number>;
}

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
}

export interface ConnectOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
}

export interface Connection {
  client: KubeClient;
  /** `--namespace`, or that of the context. */
  namespace: string;
  /** Who asks, as this machine knows: the user of the kubeconfig or of the operating system. */
  user: string;
  close(): Promise<void>;
}

export interface ControllerOptions extends ConnectOptions {
  /** Default: pretty on a terminal, json otherwise. */
  logFormat: 'json' | 'pretty' | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  metricsAddress: ListenAddress;
  /** Undefined: works without asking whether another one does. */
  election: ElectionOptions | undefined;
  /** Of the key for digests of Secrets; undefined: that of the kubeconfig or of the pod. */
  configKeyNamespace: string | undefined;
  /** Policies worked on at once; undefined: the controller's default. */
  workers: number | undefined;
}

export interface ElectionOptions {
  /** Undefined: that of the kubeconfig or of the pod. */
  namespace: string | undefined;
  leaseMs: number;
  renewMs: number;
  retryMs: number;
}

/** Without a host: all addresses. Port 0: a free one. */
export interface ListenAddress {
  host?: string;
  port: number;
}

export interface SandboxUpOptions {
  port: number | undefined;
  nodes: number | undefined;
  /** Nodes whose pods only claim to run. */
  hollow: number | undefined;
  /** Zones that the nodes are in, in turn. */
  zones: string[] | undefined;
  /** Whether traffic is routed. */
  gateway: boolean;
  /** Whether Segue is installed and run in it. */
  controller: boolean;
  /** The directory in which it outlives its process. */
  data: string | undefined;
  /** Whether containers with a command run it on this machine. */
  runCommands: boolean;
}

export interface SandboxNodesOptions extends ConnectOptions {
  nodes: number | undefined;
  hollow: number | undefined;
  zones: string[] | undefined;
  runCommands: boolean;
}

export interface DemoOptions {
  once: boolean;
  json: boolean;
}
