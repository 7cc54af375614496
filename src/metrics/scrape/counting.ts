/** How the events of one version are counted on a page: by two selectors or by a histogram. */
import type { Check } from '../../api/check.ts';
import type { Counts, VersionContext } from '../../ports/metric-provider.ts';
import { renderQuery } from '../template.ts';
import { countSlow, slowLimit } from '../histogram.ts';
import type { Page } from './page.ts';
import { parseSelector, selects, type Selector } from '../../api/series-selector.ts';

export interface Counting {
  /** The series it needs. */
  selectors: readonly Selector[];
  /** `because` follows the address in a sentence. */
  count: (page: Page) => Counts | Uncounted;
}

export interface Uncounted {
  because: string;
}

type Asked = NonNullable<Check['scrape']>;

/** What a check asks of a page about one version; `because` when the check is not well formed. */
export function countingOf(
  asked: Asked,
  max: unknown,
  version: VersionContext,
): Counting | Uncounted {
  return asked.histogram === undefined
    ? bySelectors(asked, version)
    : byHistogram(renderQuery(asked.histogram, version), max);
}

function byHistogram(written: string, max: unknown): Counting | Uncounted {
  const histogram = parseSelector(written);
  if (!histogram) return { because: `was not read: ${written} is not a series selector` };
  const limit = slowLimit(histogram.name, max);
  if ('because' in limit) return limit;
  const buckets = { ...histogram, name: `${histogram.name}_bucket` };
  return {
    selectors: [buckets],
    count: (page) =>
      hasMetric(page, buckets.name)
        ? countSlow(page.series, limit)
        : { because: `has no histogram ${histogram.name}` },
  };
}

function bySelectors(asked: Asked, version: VersionContext): Counting | Uncounted {
  const [total, part] = [asked.total, asked.bad ?? asked.good].map((selector = '') =>
    parseSelector(renderQuery(selector, version)),
  );
  if (!total || !part) return { because: 'was not read: total, bad or good is no series selector' };
  const isGood = asked.bad === undefined;
  return {
    selectors: [total, part],
    count(page) {
      if (!hasMetric(page, total.name)) return { because: `has no metric ${total.name}` };
      const [all, some] = [sum(page, total), sum(page, part)];
      if (!(all >= 0) || !(some >= 0) || !Number.isFinite(all))
        return { because: `shows ${all} and ${some} events, which no counter does` };
      if (some > all)
        return { because: `shows ${some} ${isGood ? 'good' : 'bad'} of ${all} events: too many` };
      return { total: all, bad: isGood ? all - some : some };
    },
  };
}

/** Whether the page speaks of the metric, be it only in a comment: then what it does not show has
 * not happened yet, otherwise the name may be wrong. */
function hasMetric({ names }: Page, name: string): boolean {
  return names.has(name) || names.has(name.replace(/_(total|bucket)$/, ''));
}

function sum(page: Page, selector: Selector): number {
  return page.series
    .filter((series) => selects(selector, series))
    .reduce((sum, { value }) => sum + value, 0);
}
