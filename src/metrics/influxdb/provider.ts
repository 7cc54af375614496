/** Measures a version by InfluxDB: InfluxQL where a database is named (1.x, and 2.x with its mapping),
 * Flux where an organisation is. */
import type { Check } from '../../api/check.ts';
import type { AskedMetric, MetricProvider } from '../../ports/metric-provider.ts';
import type { AccessSpec } from '../access.ts';
import { type Answer, measureByQuery, questionsOf } from '../by-query.ts';
import type { TextRequest } from '../http-text.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { fluxValues, readFlux } from './flux-answer.ts';
import { readInfluxql } from './influxql-answer.ts';
import {
  bucketOf,
  listMeasurements,
  measurementsOfFlux,
  measurementsOfInfluxql,
  SHOW_MEASUREMENTS,
  shownMeasurements,
} from './measurements.ts';

type Asked = NonNullable<Check['influxdb']>;

export function influxdbProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'influxdb',
      title: 'InfluxDB',
      address: ({ address }) => address,
      access: accessOf,
      measure: async (measuring) =>
        await measureByQuery(measuring, (query) => ask(measuring, query)),
      metrics: metricsOf,
    },
    options,
  );
}

/** Its tokens have a word of their own. */
function accessOf({ auth, headers, tls }: Asked): AccessSpec {
  if (!auth?.bearer) return { auth, headers, tls };
  const { name: secret, key } = auth.bearer.secretRef;
  const secretHeaders = [{ header: 'authorization', secret, key, prefix: 'Token ' }];
  return { headers, tls, secretHeaders };
}

async function ask(measuring: Measuring<Asked>, query: string): Promise<Answer> {
  const { address, database, org = '' } = measuring.asked;
  const base = address.replace(/\/+$/, '');
  const answer = await measuring.ask(
    database === undefined ? flux(base, org, query) : influxql(base, database, query),
  );
  if ('because' in answer) return answer;
  return database === undefined ? readFlux(answer.text) : readInfluxql(answer.text);
}

async function metricsOf(measuring: Measuring<Asked>): Promise<AskedMetric[] | undefined> {
  const { address, database, org = '' } = measuring.asked;
  const base = address.replace(/\/+$/, '');
  const questions = questionsOf(measuring);
  const bucket = questions.map(bucketOf).find((one) => one !== undefined);
  const isFlux = database === undefined;
  if (isFlux && bucket === undefined) return undefined;
  const answer = await measuring.ask(
    isFlux
      ? flux(base, org, listMeasurements(bucket ?? ''))
      : influxql(base, database, SHOW_MEASUREMENTS),
  );
  if ('because' in answer) return undefined;
  const known = isFlux ? fluxValues(answer.text) : shownMeasurements(answer.text);
  const asked = questions.flatMap(isFlux ? measurementsOfFlux : measurementsOfInfluxql);
  if (!known || asked.length === 0) return undefined;
  return [...new Set(asked)].map((name) => ({ name, exists: known.includes(name), others: known }));
}

/** By POST, so that a long query fits. */
function influxql(base: string, database: string, query: string): TextRequest {
  const parameters = new URLSearchParams({ db: database });
  return {
    url: `${base}/query?${parameters.toString()}`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ q: query }).toString(),
  };
}

function flux(base: string, org: string, query: string): TextRequest {
  return {
    url: `${base}/api/v2/query?${new URLSearchParams({ org }).toString()}`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/csv' },
    body: JSON.stringify({ query, type: 'flux', dialect: { header: true, annotations: [] } }),
  };
}
