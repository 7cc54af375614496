/** Measures a version by NRQL, through New Relic's NerdGraph.
 * Source: https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/ */
import * as z from 'zod';
import type { Check } from '../../api/check.ts';
import type { MetricProvider } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';

type Asked = NonNullable<Check['newRelic']>;

const QUESTION =
  'query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql) { results } } } }';

const shape = z.object({
  errors: z.array(z.object({ message: z.string() })).optional(),
  data: z
    .object({
      actor: z
        .object({
          account: z
            .object({ nrql: z.object({ results: z.array(z.unknown()) }).nullish() })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

export function newRelicProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'newRelic',
      title: 'New Relic',
      address: ({ address }) => address,
      access: ({ secretRef: { name: secret } }) => ({
        secretHeaders: [{ header: 'api-key', secret, key: 'api-key' }],
      }),
      measure: async (measuring) => await measureByQuery(measuring, (nrql) => ask(measuring, nrql)),
    },
    options,
  );
}

async function ask(measuring: Measuring<Asked>, nrql: string): Promise<Answer> {
  const { address, account } = measuring.asked;
  const answer = await measuring.ask({
    url: `${address.replace(/\/+$/, '')}/graphql`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: QUESTION, variables: { account, nrql } }),
  });
  if ('because' in answer) return answer;
  const read = readJson(answer.text);
  if ('because' in read) return read;
  const found = shape.safeParse(read.json);
  if (!found.success) return { because: 'did not answer as NerdGraph does' };
  const { errors = [], data } = found.data;
  if (errors[0]) return { because: `refused: ${errors[0].message}` };
  const results = data?.actor?.account?.nrql?.results;
  if (!results) return { because: 'answered nothing about the account: may the key see it?' };
  return numberOf(results);
}

/** The only number of the only row: `{count: 12}`, or `{"percentile.duration": {"99": 0.4}}`. */
function numberOf(results: readonly unknown[]): Answer {
  if (results.length === 0) return 'Empty';
  if (results.length > 1)
    return {
      because: `answered with ${results.length} rows, not with one: leave off FACET and TIMESERIES`,
    };
  const leaves = leavesOf(results[0]);
  if (leaves.every((leaf) => leaf === null)) return 'Empty';
  const [only, ...others] = leaves.filter((leaf) => typeof leaf === 'number');
  if (only === undefined)
    return { because: `answered ${JSON.stringify(results[0])}, not a number` };
  if (others.length > 0)
    return { because: `answered with ${others.length + 1} numbers, not with one: select one` };
  return { value: only };
}

function leavesOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(leavesOf);
}
