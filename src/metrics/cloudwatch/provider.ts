/** Measures a version by CloudWatch's GetMetricData.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import type { Check } from '../../api/check.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { reduced } from '../points.ts';
import { rangeOf } from '../range.ts';
import { readData } from './data-answer.ts';
import { signedHeaders } from './signature.ts';

type Asked = NonNullable<Check['cloudWatch']>;

const KEY_ID = 'access-key-id';
const KEY = 'secret-access-key';
const TOKEN = 'session-token';

export function cloudWatchProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'cloudWatch',
      title: 'CloudWatch',
      address: addressOf,
      access: ({ secretRef }) => ({
        values: { secret: secretRef.name, keys: [KEY_ID, KEY], optional: [TOKEN] },
      }),
      measure: async (measuring) =>
        await measureByQuery(measuring, (expression, counts) => ask(measuring, expression, counts)),
    },
    options,
  );
}

function addressOf({ address, region }: Asked): string {
  const suffix = region.startsWith('cn-') ? '.cn' : '';
  return address ?? `https://monitoring.${region}.amazonaws.com${suffix}`;
}

async function ask(
  measuring: Measuring<Asked>,
  expression: string,
  counts: boolean,
): Promise<Answer> {
  const { asked, secrets } = measuring;
  const request = {
    url: `${addressOf(asked).replace(/\/+$/, '')}/`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: formOf(measuring, expression),
  };
  const credentials = {
    accessKeyId: secrets[KEY_ID] ?? '',
    secretAccessKey: secrets[KEY] ?? '',
    sessionToken: secrets[TOKEN] ?? '',
  };
  // The time of the signature is that of the request, whatever is asked about.
  const scope = { region: asked.region, service: 'monitoring', atMs: Date.now() };
  const { host: _, ...headers } = signedHeaders(request, credentials, scope);
  const answer = await measuring.ask({ ...request, headers });
  if ('because' in answer) return answer;
  const data = readData(answer.text);
  if (data === 'Empty' || 'because' in data) return data;
  return reduced(data.values, counts ? 'Sum' : asked.reduce);
}

/** Whole periods that are over, as the points are. */
function formOf({ asked, version }: Measuring<Asked>, expression: string): string {
  const { fromMs, toMs } = rangeOf(version);
  const periodMs = asked.period * 1_000;
  const endMs = Math.floor(toMs / periodMs) * periodMs;
  const periods = Math.max(1, Math.round((toMs - fromMs) / periodMs));
  const query = 'MetricDataQueries.member.1';
  return new URLSearchParams({
    Action: 'GetMetricData',
    Version: '2010-08-01',
    StartTime: new Date(endMs - periods * periodMs).toISOString(),
    EndTime: new Date(endMs).toISOString(),
    ScanBy: 'TimestampAscending',
    [`${query}.Id`]: 'asked',
    [`${query}.Expression`]: expression,
    [`${query}.Period`]: String(asked.period),
  }).toString();
}
