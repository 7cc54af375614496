/** What is wrong with windows, smoke tests, webhooks and hooks that a schema cannot say. */
import { jobProblems } from '../analysis/index.ts';
import { parseDuration } from '../api/duration.ts';
import type { Hook, RequestHeader, SmokeTest, Webhook } from '../api/gates.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { windowProblems } from './window.ts';

export function gateProblems(spec: PolicySpec): Problem[] {
  const { canary, blueGreen, rolling, abTest } = spec.strategy;
  const stages = [
    ...(canary?.stages ?? []).map((stage, i) => ({
      ...stage,
      field: `spec.strategy.canary.stages[${i}]`,
    })),
    ...(rolling?.stages ?? []).map((stage, i) => ({
      ...stage,
      field: `spec.strategy.rolling.stages[${i}]`,
    })),
  ];
  const preview = blueGreen && [{ ...blueGreen, field: 'spec.strategy.blueGreen' }];
  const test = abTest && [{ ...abTest, field: 'spec.strategy.abTest' }];
  const shares = blueGreen?.switch ?? [];
  const after = blueGreen?.afterSwitch;
  return [
    ...windowProblems(spec.window, 'spec.window'),
    ...[...stages, ...(preview ?? []), ...(test ?? [])].flatMap(
      ({ field, window, smokeTests, webhooks }) => [
        ...windowProblems(window, `${field}.window`),
        ...smokeTestProblems(smokeTests, `${field}.smokeTests`),
        ...webhookProblems(webhooks, `${field}.webhooks`),
      ],
    ),
    ...shares.flatMap(({ window }, i) =>
      windowProblems(window, `spec.strategy.blueGreen.switch[${i}].window`),
    ),
    ...afterProblems(after, 'spec.strategy.blueGreen.afterSwitch'),
    ...hookListProblems(spec.hooks),
  ];
}

export function hookListProblems(hooks: PolicySpec['hooks']): Problem[] {
  return (['before', 'after', 'onAbort'] as const).flatMap((when) =>
    hookProblems(hooks?.[when], `spec.hooks.${when}`),
  );
}

type AfterSwitch = NonNullable<PolicySpec['strategy']['blueGreen']>['afterSwitch'];

/** Both lists run at one moment, so that their names must differ. */
function afterProblems(after: AfterSwitch, field: string): Problem[] {
  const { smokeTests = [], webhooks = [] } = after ?? {};
  const taken = webhooks.findIndex(({ name }) => smokeTests.some((test) => test.name === name));
  return [
    ...smokeTestProblems(smokeTests, `${field}.smokeTests`),
    ...webhookProblems(webhooks, `${field}.webhooks`),
    ...(taken < 0 ? [] : [twice(`${field}.webhooks[${taken}]`, webhooks[taken]?.name)]),
  ];
}

function smokeTestProblems(tests: readonly SmokeTest[] | undefined, field: string): Problem[] {
  return named(tests, field, ({ http, job }, at) => [
    ...oneOf({ http, job }, at),
    ...(job ? jobProblems(job.spec, `${at}.job.spec`) : []),
  ]);
}

function webhookProblems(webhooks: readonly Webhook[] | undefined, field: string): Problem[] {
  return named(webhooks, field, addressProblems);
}

function hookProblems(hooks: readonly Hook[] | undefined, field: string): Problem[] {
  return named(hooks, field, ({ job, webhook }, at) => [
    ...oneOf({ job, webhook }, at),
    ...(job ? jobProblems(job.spec, `${at}.job.spec`) : []),
    ...(webhook ? addressProblems(webhook, `${at}.webhook`) : []),
  ]);
}

/** Each by itself, and no name twice. */
function named<T extends { name: string }>(
  list: readonly T[] | undefined,
  field: string,
  problems: (one: T, at: string) => Problem[],
): Problem[] {
  const all = list ?? [];
  return all.flatMap((one, i) => {
    const at = `${field}[${i}]`;
    const first = all.findIndex(({ name }) => name === one.name);
    return [...(first < i ? [twice(at, one.name)] : []), ...problems(one, at)];
  });
}

function twice(at: string, name: string | undefined): Problem {
  return { field: `${at}.name`, message: `${name} is there twice`, fix: 'rename it' };
}

function oneOf(choice: Record<string, unknown>, field: string): Problem[] {
  const names = Object.keys(choice);
  const chosen = names.filter((name) => choice[name] !== undefined);
  if (chosen.length === 1) return [];
  const message = chosen.length === 0 ? 'does nothing' : `is both ${chosen.join(' and ')}`;
  return [{ field, message, fix: `set exactly one of ${names.join(' and ')}` }];
}

type Address = Pick<Webhook, 'url' | 'headers' | 'caBundle' | 'interval'>;

function addressProblems({ url, headers, caBundle, interval }: Address, field: string): Problem[] {
  const scheme = /^(https?):\/\/[^/]/.exec(url)?.[1];
  const problems: Problem[] = [];
  if (scheme === undefined || !URL.canParse(url))
    problems.push({
      field: `${field}.url`,
      message: `${JSON.stringify(url)} is not an address`,
      fix: 'write http:// or https:// and a host',
    });
  if (caBundle !== undefined && scheme === 'http')
    problems.push({
      field: `${field}.caBundle`,
      message: 'is never asked for by http',
      fix: 'use https, or remove it',
    });
  if (caBundle !== undefined && !caBundle.includes('-----BEGIN CERTIFICATE-----'))
    problems.push({
      field: `${field}.caBundle`,
      message: 'has no certificate',
      fix: 'write PEM: -----BEGIN CERTIFICATE----- and what follows',
    });
  if ((parseDuration(interval) ?? 0) < 1_000)
    problems.push({
      field: `${field}.interval`,
      message: `${interval} asks too often`,
      fix: 'write 1s or more',
    });
  return [...problems, ...headerProblems(headers, `${field}.headers`)];
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

function headerProblems(headers: readonly RequestHeader[] | undefined, field: string): Problem[] {
  return (headers ?? []).flatMap(({ name, value, secretRef }, i) => {
    const at = `${field}[${i}]`;
    if (!HEADER_NAME.test(name))
      return [
        {
          field: `${at}.name`,
          message: `${JSON.stringify(name)} is not the name of a header`,
          fix: 'write letters, digits and dashes',
        },
      ];
    return oneOf({ value, secretRef }, at);
  });
}
