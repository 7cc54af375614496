/** One measurement of one version: its time, who asks, and the sentences for what went wrong. */
import type { Check } from '../api/check.ts';
import type { SourceName } from '../api/check-sources/index.ts';
import type {
  AskedMetric,
  MetricProvider,
  Reading,
  VersionContext,
} from '../ports/metric-provider.ts';
import { type Access, AccessReader, type AccessSpec, type ObjectReader } from './access.ts';
import { Asker, type AskerOptions } from './asker.ts';
import { Deadline } from './deadline.ts';
import { askText, type SendText, type TextRequest } from './http-text.ts';

export interface ProviderOptions extends AskerOptions {
  /** Deadline of each measurement; default 10 s. */
  timeoutMs?: number;
  /** Where Secrets and ConfigMaps are read. */
  objects?: ObjectReader;
}

export type Missing = Extract<Reading, { kind: 'Missing' }>;

/** How one source is asked. */
export interface Source<Asked> {
  name: SourceName;
  /** As people call it: `Prometheus`. */
  title: string;
  /** Where it is, without anything secret. */
  address: (asked: Asked) => string;
  access: (asked: Asked) => AccessSpec;
  measure: (measuring: Measuring<Asked>) => Promise<Reading>;
  /** How a question is sent, where that is not over a connection of its own. */
  send?: SendText;
  /** What to do about an answer of that status, where it is not what most servers mean by it. */
  meanings?: Readonly<Record<number, string>>;
  /** What metrics it has; undefined where that cannot be read. */
  names?: (measuring: Measuring<Asked>) => Promise<readonly string[] | undefined>;
  /** Of each metric that its questions name, where these are no PromQL, whether it is there. */
  metrics?: (measuring: Measuring<Asked>) => Promise<readonly AskedMetric[] | undefined>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** One number needs no more, and an error page neither. */
const MAX_BYTES = 1_048_576;
/** What a source says itself may be a page long. */
const BECAUSE_MAX = 400;
const QUERY_MAX = 300;

export function providerOf<Asked>(
  source: Source<Asked>,
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  const parts = { asker: new Asker(options), accesses: new AccessReader(options.objects) };
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const { names, metrics } = source;
  const lookedUp =
    <Found>(look: (measuring: Measuring<Asked>) => Promise<Found | undefined>) =>
    async (check: Check, version: VersionContext, signal: AbortSignal) => {
      const asked = check[source.name] as Asked | undefined;
      if (asked === undefined) return undefined;
      const deadline = new Deadline({ timeoutMs, signal });
      try {
        const place = { namespace: version.namespace, deadline };
        const access = await parts.accesses.read(source.access(asked), place);
        if ('because' in access) return undefined;
        const about = { source, asked, check, version, deadline };
        return await look(new Measuring(about, access, parts.asker));
      } catch {
        // Why it cannot be asked its measurement has said already.
        return undefined;
      } finally {
        deadline.end();
      }
    };
  return {
    name: source.name,
    ...(names && { names: lookedUp(names) }),
    ...(metrics && { metrics: lookedUp(metrics) }),
    async measure(check, version, signal) {
      const asked = check[source.name] as Asked | undefined;
      if (asked === undefined) return missing(`check ${check.name} does not ask ${source.title}`);
      const deadline = new Deadline({ timeoutMs, signal });
      const about = { source, asked, check, version, deadline };
      try {
        return await begin(about, parts);
      } catch (error) {
        return missing(`${source.title} was not asked: ${String(error)}`);
      } finally {
        deadline.end();
      }
    },
    async lack(check, namespace, signal) {
      const asked = check[source.name] as Asked | undefined;
      if (asked === undefined) return undefined;
      const deadline = new Deadline({ timeoutMs, signal });
      try {
        const access = await parts.accesses.read(source.access(asked), { namespace, deadline });
        return 'because' in access ? access.lack : undefined;
      } finally {
        deadline.end();
      }
    },
    close: async () => await parts.accesses.close(),
  };
}

interface About<Asked> {
  source: Source<Asked>;
  asked: Asked;
  check: Check;
  version: VersionContext;
  deadline: Deadline;
}

interface Parts {
  asker: Asker;
  accesses: AccessReader;
}

async function begin<Asked>(about: About<Asked>, parts: Parts): Promise<Reading> {
  const { source, asked, version, deadline } = about;
  const place = { namespace: version.namespace, deadline };
  const access = await parts.accesses.read(source.access(asked), place);
  if ('because' in access)
    return missing(`${source.title} at ${source.address(asked)} was not asked: ${access.because}`);
  const measuring = new Measuring(about, access, parts.asker);
  try {
    return await source.measure(measuring);
  } catch (error) {
    return measuring.missing(`was not asked: ${String(error)}`);
  }
}

export class Measuring<Asked> {
  readonly asked: Asked;
  readonly check: Check;
  readonly version: VersionContext;
  /** As asked for by the source's `access`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly #source: Source<Asked>;
  readonly #access: Access;
  readonly #asker: Asker;
  readonly #deadline: Deadline;

  constructor(about: About<Asked>, access: Access, asker: Asker) {
    this.asked = about.asked;
    this.check = about.check;
    this.version = about.version;
    this.secrets = access.values;
    this.#source = about.source;
    this.#deadline = about.deadline;
    this.#access = access;
    this.#asker = asker;
  }

  /** The text of an answer with a 2xx. */
  async ask(
    request: TextRequest,
    maxBytes = MAX_BYTES,
  ): Promise<{ text: string } | { because: string }> {
    const { agent, headers } = this.#access;
    const { send = (asked, limits) => askText(agent, asked, limits), meanings } = this.#source;
    return await this.#asker.ask(
      { ...request, headers: { ...request.headers, ...headers } },
      { send, party: this.version.namespace, deadline: this.#deadline, maxBytes, meanings },
    );
  }

  /** Undefined when the measurement was over before. */
  async inTime<T>(work: Promise<T>): Promise<T | undefined> {
    return await this.#deadline.race(work);
  }

  /** What a source said, as people may see it. */
  said(because: string): string {
    return cut(this.#access.hide(because), BECAUSE_MAX);
  }

  /** `because` follows the address in a sentence, and is freed of secrets before it is cut. */
  missing(because: string, query?: string): Missing {
    const asking = query === undefined ? '' : `; the query was ${cut(query, QUERY_MAX)}`;
    const { title, address } = this.#source;
    return missing(`${title} at ${address(this.asked)} ${this.said(because)}${asking}`);
  }
}

export function missing(because: string): Missing {
  return { kind: 'Missing', because };
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
