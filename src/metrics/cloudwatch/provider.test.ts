import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../api/check.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE, countIn, SECRET, secrets } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { cloudWatchProvider } from './index.ts';
import { signedHeaders } from './signature.ts';

const checkOf = (address: string, asked: object) =>
  checkSchema.parse({
    name: 'errors',
    cloudWatch: {
      address,
      region: 'eu-central-1',
      secretRef: { name: 'metrics-access' },
      ...asked,
    },
    max: '1%',
  });
const result = (values: (number | string)[], status = 'Complete') =>
  `<member><Timestamps>${values.map(() => '<member>2026-01-31T14:00:00Z</member>').join('')}</Timestamps>` +
  `<Values>${values.map((value) => `<member>${value}</member>`).join('')}</Values>` +
  `<Id>asked</Id><Label>requests</Label><StatusCode>${status}</StatusCode></member>`;
/** As documented, with the members in another order than they are told of. */
const answer = (results: string, messages = '') =>
  `<GetMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricDataResult>` +
  `<MetricDataResults>${results}</MetricDataResults><Messages>${messages}</Messages></GetMetricDataResult>` +
  `<ResponseMetadata><RequestId>"1"</RequestId></ResponseMetadata></GetMetricDataResponse>\n`;

metricConformance({
  name: 'cloudWatch',
  create: cloudWatchProvider,
  check: (address) =>
    checkOf(address, {
      total: `SUM(SEARCH('TargetGroup="{{hash}}" RequestCount', 'Sum', 60))`,
      bad: `SUM(SEARCH('TargetGroup="{{hash}}" bad', 'Sum', 60))`,
    }),
  good: ({ body }, counts) => answer(result([countIn(body, counts) - 3, 3])),
  nan: answer(result(['many'])),
  empty: answer(''),
});

const server = new ScriptedServer();
const provider = cloudWatchProvider({ retryMs: [], objects: secrets });
beforeAll(async () => await server.start());
afterAll(async () => {
  await provider.close();
  await server.stop();
});
const measure = async (script: ScriptedServer['script'], asked: object = {}) => {
  server.requests.length = 0;
  server.script = script;
  const version = {
    ...CANDIDATE,
    window: '5m',
    moment: { atMs: Date.UTC(2026, 0, 31, 14, 5, 59) },
  };
  const check = checkOf(server.url, { query: "SELECT MAX(x) FROM y WHERE v='{{hash}}'", ...asked });
  return await provider.measure(check, version, new AbortController().signal);
};

test('asks about whole periods that are over, and signs it', async () => {
  expect(await measure((_request, response) => response.end(answer(result([5, 7]))))).toEqual({
    kind: 'Value',
    value: 7,
  });
  const [request] = server.requests;
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    Action: 'GetMetricData',
    Version: '2010-08-01',
    StartTime: '2026-01-31T14:00:00.000Z',
    EndTime: '2026-01-31T14:05:00.000Z',
    ScanBy: 'TimestampAscending',
    'MetricDataQueries.member.1.Id': 'asked',
    'MetricDataQueries.member.1.Expression': "SELECT MAX(x) FROM y WHERE v='bbb222'",
    'MetricDataQueries.member.1.Period': '60',
  });
  expect(request?.headers).toMatchObject({
    'x-amz-security-token': SECRET,
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=\S+\/\d{8}\/eu-central-1\/monitoring\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    ),
  });
  expect(request?.body).not.toContain(SECRET);
});

test('what was sent is what was signed', async () => {
  await measure((_request, response) => response.end(answer(result([1]))));
  const { headers = {}, body = '' } = server.requests[0] ?? {};
  const { 'content-type': type = '', 'x-amz-date': date = '', authorization } = headers;
  const [, y, mo, d, h, mi, s] = /(\d{4})(..)(..)T(..)(..)(..)Z/.exec(String(date)) ?? [];
  const signed = signedHeaders(
    { method: 'POST', url: `${server.url}/`, headers: { 'content-type': type }, body },
    { accessKeyId: SECRET, secretAccessKey: SECRET, sessionToken: SECRET },
    {
      region: 'eu-central-1',
      service: 'monitoring',
      atMs: Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`),
    },
  );
  expect(authorization).toBe(signed['authorization']);
});

test.each([
  ['data that are not whole', answer(result([1], 'PartialData')), 'incomplete data (PartialData)'],
  ['several series', answer(result([1]) + result([2])), 'SUM() them'],
  ['no points', answer(result([])), 'found no data'],
  [
    'a warning',
    answer(result([1]), '<member><Code>MaxMetricsExceeded</Code><Value>a &lt; b</Value></member>'),
    'says: a < b',
  ],
])('%s are missing', async (_what, body, words) => {
  expect(await measure((_request, response) => response.end(body))).toMatchObject({
    because: expect.stringContaining(words),
  });
});

test('a refusal is told in its words', async () => {
  const error =
    '<ErrorResponse xmlns="x"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>' +
    '<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>';
  expect(await measure((_request, response) => response.writeHead(403).end(error))).toMatchObject({
    because: expect.stringMatching(/status 403.*InvalidClientTokenId.*token included/),
  });
});

/** The example of AWS' own documentation of the signing process. */
test('signs as AWS does', () => {
  const headers = signedHeaders(
    {
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: '',
    },
    {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: '',
    },
    { region: 'us-east-1', service: 'iam', atMs: Date.UTC(2015, 7, 30, 12, 36, 0) },
  );
  expect(headers['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});
