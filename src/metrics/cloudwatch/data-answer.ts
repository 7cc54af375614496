/** Reads the XML that GetMetricData answers with, as far as it is needed.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import { onlySeries } from '../points.ts';

export type Data = { values: number[] } | 'Empty' | { because: string };

export function readData(text: string): Data {
  const whole = /<GetMetricDataResponse[\s>][^]*<\/GetMetricDataResponse>\s*$/.exec(text)?.[0];
  if (whole === undefined) return { because: notData(text) };
  const message = inner(inner(whole, 'Messages') ?? '', 'Value');
  if (message !== undefined) return { because: `says: ${unescaped(message)}` };
  const only = onlySeries(membersOf(inner(whole, 'MetricDataResults') ?? ''), FIX);
  if (only === 'Empty' || 'because' in only) return only;
  const status = inner(only.series, 'StatusCode') ?? 'no status';
  if (status !== 'Complete') return { because: `answered with incomplete data (${status})` };
  const values = [...(inner(only.series, 'Values') ?? '').matchAll(/<member>([^<]*)<\/member>/g)];
  return values.length === 0 ? 'Empty' : { values: values.map(([, value]) => Number(value)) };
}

const FIX = 'SUM() them';

function notData(text: string): string {
  if (text.trim() === '') return 'answered nothing where XML was expected';
  if (/^\s*<(!doctype )?html/i.test(text))
    return 'answered with a page for browsers, not with data: is the address right?';
  return 'did not answer as GetMetricData does, or broke off';
}

/** What is between the first tag of this name and its last end. */
function inner(xml: string, tag: string): string | undefined {
  const [from, to] = [xml.indexOf(`<${tag}>`), xml.lastIndexOf(`</${tag}>`)];
  return from < 0 || to < 0 ? undefined : xml.slice(from + tag.length + 2, to);
}

/** What is in each outermost member; members have lists of members of their own. */
function membersOf(xml: string): string[] {
  const members: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: tag, index } of xml.matchAll(/<\/?member>/g)) {
    const isEnd = tag.startsWith('</');
    if (!isEnd && depth === 0) from = index + tag.length;
    depth += isEnd ? -1 : 1;
    if (isEnd && depth === 0) members.push(xml.slice(from, index));
  }
  return members;
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(xml: string): string {
  return xml.replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');
}
