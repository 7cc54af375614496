import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn, SECRET, secrets } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { newRelicProvider } from './index.ts';

const checkOf = (address: string, queries: object) =>
  checkSchema.parse({
    name: 'errors',
    newRelic: { address, account: 12_345, secretRef: { name: 'metrics-access' }, ...queries },
    max: '1%',
  });
const nrql = (where: string) =>
  `SELECT count(*) FROM Transaction WHERE version = '{{hash}}'${where} SINCE {{seconds}} seconds ago`;
const answer = (...results: object[]) =>
  JSON.stringify({ data: { actor: { account: { nrql: { results } } } } });

metricConformance({
  name: 'newRelic',
  create: newRelicProvider,
  check: (address) => checkOf(address, { total: nrql(''), bad: nrql(" AND class = 'bad'") }),
  good({ body }, counts) {
    const { variables } = JSON.parse(body) as { variables: { nrql: string } };
    return answer({ count: countIn(variables.nrql, counts) });
  },
  nan: answer({ 'percentile.duration': { '99': 'none' } }),
  empty: answer(),
});

const server = new ScriptedServer();
const provider = newRelicProvider({ objects: secrets, retryMs: [] });
beforeAll(async () => await server.start());
afterAll(async () => {
  await provider.close();
  await server.stop();
});
const measure = async (body: string) => {
  server.requests.length = 0;
  server.script = (_request, response) => response.end(body);
  const check = checkOf(server.url, { query: nrql('') });
  return await provider.measure(check, CANDIDATE, new AbortController().signal);
};

test('asks NerdGraph about the account, with the key', async () => {
  const p99 = answer({ 'percentile.duration': { '99': 0.42 } });
  expect(await measure(p99)).toEqual({ kind: 'Value', value: 0.42 });
  const [request] = server.requests;
  expect(request).toMatchObject({ path: '/graphql', headers: { 'api-key': SECRET } });
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    variables: {
      account: 12_345,
      nrql: "SELECT count(*) FROM Transaction WHERE version = 'bbb222' SINCE 60 seconds ago",
    },
  });
});

test.each([
  [
    'a question with a mistake',
    JSON.stringify({ errors: [{ message: 'NRQL Syntax Error: Error at line 1' }], data: null }),
    'refused: NRQL Syntax Error',
  ],
  [
    'an account of somebody else',
    JSON.stringify({ data: { actor: { account: null } } }),
    'may the key see it?',
  ],
  ['a facet', answer({ count: 1 }, { count: 2 }), 'leave off FACET'],
  ['two numbers', answer({ count: 1, average: 2 }), 'select one'],
  ['a number that is not there', answer({ average: null }), 'found no data'],
])('%s is missing', async (_what, body, words) => {
  expect(await measure(body)).toMatchObject({
    kind: 'Missing',
    because: expect.stringContaining(words),
  });
});
