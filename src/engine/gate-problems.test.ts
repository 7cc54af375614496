/** Gates that cannot work are refused with the field and the fix, a row for each. */
import { expect, test } from 'vitest';
import { formatProblem } from '../api/problem.ts';
import { policySpecSchema } from '../api/policy.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;
const traffic = { services: [{ name: 'web' }] };

function problems(strategy: Loose, rest: Loose = {}): string[] {
  const spec = policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic,
    strategy: { blueGreen: strategy },
    ...rest,
  });
  return validatePolicy(spec).map(formatProblem);
}

const http = { path: '/' };
const job = (pod: Loose) => ({ spec: { template: { spec: pod } } });
const good = job({ containers: [{ name: 'a', image: 'a' }] });
const webhook = (rest: Loose) => ({ webhooks: [{ name: 'a', url: 'https://gate', ...rest }] });
const at = 'spec.strategy.blueGreen';

test.each<[string, Loose, string]>([
  [
    'a test that does nothing',
    { smokeTests: [{ name: 'a' }] },
    `${at}.smokeTests[0]: does nothing; set exactly one of http and job`,
  ],
  [
    'a test of two kinds',
    { smokeTests: [{ name: 'a', http, job: good }] },
    `${at}.smokeTests[0]: is both http and job; set exactly one of http and job`,
  ],
  [
    'two tests of one name',
    {
      smokeTests: [
        { name: 'a', http },
        { name: 'a', http },
      ],
    },
    `${at}.smokeTests[1].name: a is there twice; rename it`,
  ],
  [
    'a test and a webhook of one name at one moment',
    {
      afterSwitch: {
        smokeTests: [{ name: 'a', http }],
        webhooks: [{ name: 'a', url: 'https://gate' }],
      },
    },
    `${at}.afterSwitch.webhooks[0].name: a is there twice; rename it`,
  ],
  [
    'a Job without containers',
    { smokeTests: [{ name: 'a', job: { spec: {} } }] },
    `${at}.smokeTests[0].job.spec.template.spec.containers: a Job without containers; write the spec of a Job: template.spec.containers with name and image`,
  ],
  [
    'a Job without an image',
    { smokeTests: [{ name: 'a', job: job({ containers: [{ name: 'a' }] }) }] },
    `${at}.smokeTests[0].job.spec.template.spec.containers[0].image: is missing; name the image`,
  ],
  [
    'a Job with nothing for a container',
    { smokeTests: [{ name: 'a', job: job({ containers: [null] }) }] },
    `${at}.smokeTests[0].job.spec.template.spec.containers[0].image: is missing; name the image`,
  ],
  [
    'a Job that would never end',
    {
      smokeTests: [
        {
          name: 'a',
          job: job({ containers: [{ name: 'a', image: 'a' }], restartPolicy: 'Always' }),
        },
      ],
    },
    `${at}.smokeTests[0].job.spec.template.spec.restartPolicy: "Always" does not let a Job end; leave it out, or write Never or OnFailure`,
  ],
  [
    'an address that is none',
    webhook({ url: 'gate.example.com' }),
    `${at}.webhooks[0].url: "gate.example.com" is not an address; write http:// or https:// and a host`,
  ],
  [
    'certificates for http',
    webhook({ url: 'http://gate', caBundle: '-----BEGIN CERTIFICATE-----' }),
    `${at}.webhooks[0].caBundle: is never asked for by http; use https, or remove it`,
  ],
  [
    'certificates that are none',
    webhook({ caBundle: 'LS0tLS1CRUdJTi' }),
    `${at}.webhooks[0].caBundle: has no certificate; write PEM: -----BEGIN CERTIFICATE----- and what follows`,
  ],
  [
    'a webhook that asks all the time',
    webhook({ interval: '10ms' }),
    `${at}.webhooks[0].interval: 10ms asks too often; write 1s or more`,
  ],
  [
    'a header without a value',
    webhook({ headers: [{ name: 'authorization' }] }),
    `${at}.webhooks[0].headers[0]: does nothing; set exactly one of value and secretRef`,
  ],
  [
    'a header that would be two',
    webhook({ headers: [{ name: 'a: b\r\nc', value: 'd' }] }),
    `${at}.webhooks[0].headers[0].name: "a: b\\r\\nc" is not the name of a header; write letters, digits and dashes`,
  ],
  [
    'a window of a stage that never opens',
    { window: { open: [{ days: [] }] } },
    `${at}.window.open[0].days: never opens; name a day, or remove it`,
  ],
])('%s', (_, strategy, expected) => expect(problems(strategy)).toEqual([expected]));

test('hooks and the window of the policy are looked at too', () => {
  expect(
    problems({}, { hooks: { onAbort: [{ name: 'a' }] }, window: { timeZone: 'Mars', freeze: [] } }),
  ).toEqual([
    'spec.window.timeZone: Mars is not a time zone; write one as Europe/Berlin or UTC',
    'spec.hooks.onAbort[0]: does nothing; set exactly one of job and webhook',
  ]);
});

test('a good one is not refused', () => {
  const tests = [
    { name: 'a', http },
    { name: 'b', job: good },
  ];
  const hooks = {
    before: [{ name: 'a', job: good }],
    after: [{ name: 'a', webhook: { url: 'http://x' } }],
  };
  expect(problems({ smokeTests: tests, ...webhook({}) }, { hooks })).toEqual([]);
});
