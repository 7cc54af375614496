/** Measures a version by reading pages in the Prometheus text format, of a gateway or of the pods
 * themselves, so that a cluster without a Prometheus has evidence too. */
import type { Check } from '../../api/check.ts';
import type { Selector } from '../../api/series-selector.ts';
import type {
  Counts,
  MetricProvider,
  Reading,
  VersionContext,
} from '../../ports/metric-provider.ts';
import { type Measuring, missing, providerOf, type ProviderOptions } from '../measuring.ts';
import { countingOf, type Counting, type Uncounted } from './counting.ts';
import { type Page as ReadPage, parsePage } from './page.ts';

interface ScrapeOptions extends ProviderOptions {
  /** The host at which a pod's IP is reached; default the IP itself. */
  podAddress?: (ip: string) => string;
}

type Asked = NonNullable<Check['scrape']>;

const MAX_BYTES = 16 * 1_048_576;
const PODS_AT_ONCE = 20;
/** Of one host; pods have one each. */
const TURNS = { atOnce: 40, ofOneParty: PODS_AT_ONCE };
const ACCEPT = 'text/plain;version=0.0.4, application/openmetrics-text;q=0.5, */*;q=0.1';

interface Page {
  /** Names the counters' source: the pod, or the address. */
  source: string;
  url: string;
}

/**
 * Gives Counters, one source for each page.
 *
 * A page that does not know the metric of `total` (or the histogram) is not measured; where the
 * metric is known but no series matches, the version has had no events there. With `pods`, pods
 * that cannot be read are left out; the version is Missing when none can.
 */
export function scrapeProvider(
  options: ScrapeOptions = {},
): MetricProvider & { close(): Promise<void> } {
  const podAddress = options.podAddress ?? ((ip: string) => ip);
  return providerOf<Asked>(
    {
      name: 'scrape',
      title: 'The page',
      address: ({ address = 'the pods' }) => address,
      access: () => ({}),
      async measure(measuring) {
        const { asked, check, version } = measuring;
        const counting = countingOf(asked, check.max, version);
        if ('because' in counting) return missing(`check ${check.name} ${counting.because}`);
        const pages = pagesOf(asked, version, podAddress);
        if (pages.length === 0)
          return missing(`no pod of ${version.service} ${version.hash} has an IP`);
        return await readAll(pages, (url) => read(url, counting, measuring));
      },
      async names(measuring) {
        const { asked, version } = measuring;
        for (const { url } of pagesOf(asked, version, podAddress)) {
          const page = await pageAt(url, [], measuring);
          if (!('because' in page)) return [...page.names];
        }
        return undefined;
      },
    },
    { turns: TURNS, ...options },
  );
}

function pagesOf(
  { address, pods }: Asked,
  version: VersionContext,
  podAddress: (ip: string) => string,
): Page[] {
  if (!pods) return address === undefined ? [] : [{ source: address, url: address }];
  const path = pods.path.startsWith('/') ? pods.path : `/${pods.path}`;
  return version.pods
    .filter(({ ip }) => ip !== '')
    .map(({ name, ip }) => ({
      source: name,
      url: `http://${bracketed(podAddress(ip))}:${pods.port}${path}`,
    }));
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

async function readAll(
  pages: readonly Page[],
  read: (url: string) => Promise<Counts | Uncounted>,
): Promise<Reading> {
  const sources: Record<string, Counts> = {};
  const unread: string[] = [];
  const waiting = [...pages];
  const work = async () => {
    for (let page = waiting.shift(); page; page = waiting.shift()) {
      const counts = await read(page.url);
      if ('because' in counts) unread.push(`${page.url} ${counts.because}`);
      else sources[page.source] = counts;
    }
  };
  await Promise.all(Array.from({ length: Math.min(PODS_AT_ONCE, pages.length) }, work));
  if (unread.length < pages.length) return { kind: 'Counters', sources };
  const others = unread.length > 1 ? `, and ${unread.length - 1} more pods likewise` : '';
  return missing(`${unread[0]}${others}`);
}

async function read(
  url: string,
  counting: Counting,
  measuring: Measuring<Asked>,
): Promise<Counts | Uncounted> {
  const page = await pageAt(url, counting.selectors, measuring);
  return 'because' in page ? page : counting.count(page);
}

async function pageAt(
  url: string,
  selectors: readonly Selector[],
  measuring: Measuring<Asked>,
): Promise<ReadPage | { because: string }> {
  const answer = await measuring.ask(
    { url, method: 'GET', headers: { accept: ACCEPT } },
    MAX_BYTES,
  );
  if ('because' in answer) return { because: measuring.said(answer.because) };
  return parsePage(answer.text, selectors);
}
