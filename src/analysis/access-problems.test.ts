import { expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import { formatProblem } from '../api/problem.ts';
import { checkProblems } from './check-problems.ts';

const secretRef = { name: 'login' };
const header = { name: 'X-Scope-OrgID', value: 'shop' };

function problemsOf(access: object): string[] {
  const prometheus = {
    address: 'https://prometheus',
    total: 'all{pod=~"{{pods}}"}',
    bad: 'bad{pod=~"{{pods}}"}',
    ...access,
  };
  const check = checkSchema.parse({ name: 'errors', prometheus, max: '1%' });
  return checkProblems(check, 'at').map((problem) => formatProblem(problem));
}

test.each([
  ['a name and a password', { auth: { basic: { secretRef } } }],
  ['a token', { auth: { bearer: { secretRef } } }],
  ['headers', { headers: [header, { name: 'X-Key', secretRef: { name: 'login', key: 'k' } }] }],
  ['certificates', { tls: { caSecretRef: secretRef, clientCertSecretRef: secretRef } }],
])('%s are fine', (_what, access) => {
  expect(problemsOf(access)).toEqual([]);
});

test.each([
  [{ auth: {} }, 'at.prometheus.auth: says no way to ask'],
  [
    { auth: { basic: { secretRef }, bearer: { secretRef } } },
    'at.prometheus.auth: says two ways to ask',
  ],
  [
    {
      auth: { bearer: { secretRef } },
      headers: [{ name: 'Authorization', secretRef: { name: 'login', key: 'k' } }],
    },
    'at.prometheus.auth: stands beside a header Authorization',
  ],
  [
    { headers: [header, { name: 'a b', value: 'c' }] },
    'at.prometheus.headers[1].name: "a b" is not the name of a header',
  ],
  [{ headers: [{ name: 'X-Key' }] }, 'at.prometheus.headers[0]: needs one value'],
  [
    { headers: [{ ...header, secretRef: { name: 'login', key: 'k' } }] },
    'at.prometheus.headers[0]: needs one value',
  ],
  [
    { headers: [{ name: 'authorization', value: 'Bearer me' }] },
    'at.prometheus.headers[0].value: is a secret that everyone who reads the policy would see',
  ],
  [{ tls: {} }, 'at.prometheus.tls: says nothing'],
  [
    { tls: { caSecretRef: secretRef, caConfigMapRef: secretRef } },
    'at.prometheus.tls: says two places of the certificates',
  ],
  [
    { address: 'http://prometheus', tls: { caSecretRef: secretRef } },
    'at.prometheus.tls: means nothing with http',
  ],
  [
    { bad: 'increase(bad{pod=~"{{pods}}"}[1m])' },
    'at.prometheus: asks for a range in one query and for raw counters in the other',
  ],
  [
    { total: undefined, bad: undefined, histogram: 'a{pod=~"{{pods}}"} + 1', quantile: '0.9' },
    'at.prometheus.histogram: is not a series selector',
  ],
])('%o is refused', (access, problem) => {
  expect(problemsOf(access).find((one) => one.startsWith(problem))).toMatch(/; \w/);
});
