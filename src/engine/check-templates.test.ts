import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckTemplateSpec, checkTemplateSpecSchema } from '../api/check-template.ts';
import { type WrittenPolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { formatProblem } from '../api/problem.ts';
import { releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import { noTemplates, type Templates } from './check-templates.ts';
import { effectiveProblems, validateDefaults } from './defaults-problems.ts';
import { effectiveBy, effectivePolicy } from './effective-policy.ts';
import { validateTemplate } from './template-problems.ts';

type Loose = Record<string, unknown>;

const SCRAPE = {
  pods: { port: 8080 },
  total: 'requests_total{job="{{args.job}}"}',
  bad: 'requests_total{job="{{args.job}}",code=~"{{args.codes}}"}',
};
const ERRORS = {
  args: [{ name: 'job' }, { name: 'codes', default: '5..' }],
  check: { scrape: SCRAPE, max: '1%', interval: '5s' },
};

const template = (spec: Loose): CheckTemplateSpec => checkTemplateSpecSchema.parse(spec);
const withOne =
  (spec: Loose): Templates =>
  (name) =>
    name === 'errors' ? { spec: template(spec) } : noTemplates(name);

const written = (check: Loose, rest: Loose = {}): WrittenPolicySpec =>
  writtenPolicySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { rolling: {} },
    checks: [{ name: 'errors', ...check }],
    ...rest,
  });
const use = (args?: Loose, own: Loose = {}) => ({
  template: { name: 'errors', ...(args && { args }) },
  ...own,
});

const checkOf = (check: Loose, templates: Templates) =>
  effectivePolicy(written(check), {}, templates).spec.checks[0];

function problems(check: Loose, templates: Templates, general?: Loose): string[] {
  const defaults = general && releaseDefaultsSpecSchema.parse(general);
  const made = effectiveBy(written(check), { defaults, templates });
  return effectiveProblems(made.spec, made.others).map(formatProblem);
}

test('a check is what its template says, with its arguments put in', () => {
  expect(checkOf(use({ job: 'web' }), withOne(ERRORS))).toEqual({
    name: 'errors',
    scrape: {
      pods: { port: 8080, path: '/metrics' },
      total: 'requests_total{job="web"}',
      bad: 'requests_total{job="web",code=~"5.."}',
    },
    max: '1%',
    interval: '5s',
    window: '1m',
    scope: 'Version',
  });
  expect(problems(use({ job: 'web' }), withOne(ERRORS))).toEqual([]);
});

test('what a check says itself goes before it, field by field', () => {
  const own = { interval: '2s', dryRun: true, critical: false };
  expect(checkOf(use({ job: 'web' }, own), withOne(ERRORS))).toMatchObject({
    ...own,
    max: '1%',
    scrape: { total: 'requests_total{job="web"}' },
  });
});

test('of places to measure and of tests there is one: who says one says all', () => {
  const prometheus = { address: 'http://prometheus', query: 'a{pod=~"{{pods}}"}' };
  const elsewhere = checkOf(use({ job: 'web' }, { prometheus }), withOne(ERRORS));
  expect(elsewhere).toMatchObject({ prometheus, max: '1%' });
  expect(elsewhere).not.toHaveProperty('scrape');
  const limits = { ...ERRORS, check: { ...ERRORS.check, minSamples: 50 } };
  const compared = checkOf(use({ job: 'web' }, { compare: {} }), withOne(limits));
  expect(compared).toMatchObject({ compare: {}, scrape: {} });
  for (const gone of ['max', 'minSamples']) expect(compared).not.toHaveProperty(gone);
  // Both bounds are one test.
  expect(checkOf(use({ job: 'web' }, { min: '0.1%' }), withOne(ERRORS))).toMatchObject({
    min: '0.1%',
    max: '1%',
  });
});

test('an argument that stands alone has its own type, and the one that its field takes', () => {
  const typed = {
    args: ['margin', 'port', 'quiet', 'quantile', 'within'].map((name) => ({ name })),
    check: {
      scrape: {
        pods: { port: '{{args.port}}' },
        histogram: 'seconds',
        quantile: '{{ args.quantile }}',
      },
      compare: { margin: '{{args.margin}}', within: '{{args.within}}' },
      dryRun: '{{args.quiet}}',
    },
  };
  const expected = {
    scrape: { pods: { port: 9090 }, quantile: '0.99' },
    compare: { margin: 1.5 },
    dryRun: true,
  };
  const args = { margin: 1.5, port: 9090, quiet: true, quantile: '0.99', within: 0.5 };
  expect(checkOf(use(args), withOne(typed))).toMatchObject(expected);
  const texts = { margin: '1.5', port: '9090', quiet: 'true', quantile: 0.99, within: '300ms' };
  expect(checkOf(use(texts), withOne(typed))).toMatchObject(expected);
  expect(checkOf(use(args), withOne(typed))?.compare?.within).toBe(0.5);
  expect(checkOf(use(texts), withOne(typed))?.compare?.within).toBe('300ms');
});

test('numbers and truth stand in a text as they are written', () => {
  const mixed = {
    args: [{ name: 'n' }, { name: 'yes', default: false }],
    check: {
      ...ERRORS.check,
      scrape: { ...SCRAPE, total: 'a{n="{{args.n}}{{args.yes}}"}', bad: 'b' },
    },
  };
  expect(checkOf(use({ n: 1.5 }), withOne(mixed))?.scrape?.total).toBe('a{n="1.5false"}');
});

test('the variables of queries are left for when they are asked', () => {
  const asked = {
    args: [{ name: 'range', default: '[{{window}}]' }],
    check: {
      prometheus: {
        address: 'http://prometheus',
        total: 'sum(increase(a{pod=~"{{pods}}"}{{args.range}}))',
        bad: 'sum(increase(b{pod=~"{{pods}}"}{{args.range}}))',
      },
      max: '1%',
    },
  };
  expect(checkOf(use(), withOne(asked))?.prometheus?.total).toBe(
    'sum(increase(a{pod=~"{{pods}}"}[{{window}}]))',
  );
  expect(problems(use(), withOne(asked))).toEqual([]);
});

describe('is refused', () => {
  const TEMPLATE = 'CheckTemplate errors: ';
  const changed = (check: Loose, args: Loose[] = ERRORS.args): Loose => ({
    args,
    check: { ...ERRORS.check, ...check },
  });
  const CODES = { name: 'codes', default: '5..' };
  test.each<[name: string, check: Loose, spec: Loose, expected: string]>([
    [
      'a template that is not there',
      { template: { name: 'latency' } },
      ERRORS,
      'spec.checks[0].template.name: there is no CheckTemplate latency; create it, or correct the name',
    ],
    [
      'an argument that is missing',
      use(),
      ERRORS,
      'spec.checks[0].template.args: job is missing, which CheckTemplate errors has no default for; write job: and its value',
    ],
    [
      'an argument that is not declared',
      use({ job: 'web', jbo: 'web' }),
      ERRORS,
      'spec.checks[0].template.args.jbo: CheckTemplate errors has no such argument; write one of job, codes',
    ],
    [
      'a value that is a list',
      use({ job: ['web'] }),
      ERRORS,
      'spec.checks[0].template.args.job: is a list or an object, which cannot be put in; write text, a number, or true or false',
    ],
    [
      'a value that names an argument',
      use({ job: '{{args.codes}}' }),
      ERRORS,
      'spec.checks[0].template.args.job: names an argument itself; write what is to stand there in the end',
    ],
    [
      'an argument beside the template',
      use({ job: 'web' }, { max: '{{args.codes}}' }),
      ERRORS,
      'spec.checks[0].max: names an argument, which only a CheckTemplate has; write its value',
    ],
    [
      'an argument that is declared twice',
      use({ job: 'web' }),
      changed({}, [...ERRORS.args, { name: 'job' }]),
      `${TEMPLATE}spec.args[2].name: job is there twice; rename it`,
    ],
    [
      'an argument that is used nowhere',
      use({ job: 'web' }),
      changed({}, [...ERRORS.args, { name: 'path' }]),
      `${TEMPLATE}spec.args[2].name: path is used nowhere in the check; write {{args.path}} where it goes, or take it out`,
    ],
    [
      'an argument that is used and not declared',
      use({ job: 'web' }),
      changed({}, [{ name: 'job' }]),
      `${TEMPLATE}spec.check.scrape.bad: {{args.codes}} is not declared; add {name: codes} to spec.args, or correct the name`,
    ],
    [
      'what is no argument',
      use({ job: 'web' }),
      changed({ warmup: '{{args}}' }),
      `${TEMPLATE}spec.check.warmup: names no argument; write {{args.NAME}}`,
    ],
    [
      'a default that is a list',
      use({ job: 'web' }),
      changed({}, [{ name: 'job' }, { name: 'codes', default: [5] }]),
      `${TEMPLATE}spec.args[1].default: is a list or an object, which cannot be put in; write text, a number, or true or false`,
    ],
    [
      'a template in a template',
      use({ job: 'web' }),
      changed({ template: { name: 'other' } }),
      `${TEMPLATE}spec.check.template: a template uses no other one; write the check here, or use the other template in its place`,
    ],
    [
      'what the schema of a check cannot hold',
      use({ job: 'web' }),
      changed({ compare: { margin: '{{args.codes}}' } }),
      `${TEMPLATE}spec.check.compare.margin: "5.." is not a number (for the check errors); write a number`,
    ],
    [
      'a duration without its unit',
      use({ job: 'web', codes: '5' }),
      changed({ warmup: '{{args.codes}}' }),
      `${TEMPLATE}spec.check.warmup: "5" is not a duration (for the check errors); write it with its unit, as in 90s, 10m or 1h30m`,
    ],
    [
      'a word that is none of those there are',
      use({ job: 'web' }),
      changed({ onUndecided: 'Stop' }),
      `${TEMPLATE}spec.check.onUndecided: "Stop" is none of Pause, Pass, Fail (for the check errors); write one of them`,
    ],
    [
      'a number that is too big',
      use({ job: 'web' }),
      changed({ max: undefined, compare: { margin: 1000 } }),
      `${TEMPLATE}spec.check.compare.margin: 1000 is too much (for the check errors); write 100 or less`,
    ],
    [
      'what makes no sense, in the template',
      use({ job: 'web' }),
      changed({ max: '{{args.codes}}' }, [{ name: 'job' }, { ...CODES, default: 'much' }]),
      `${TEMPLATE}spec.check.max: "much" is not a number, a percentage or a duration (for the check errors); write it as 0.01, 1%, 1s or 250ms, or say it otherwise beside \`template\``,
    ],
    [
      'what makes no sense, beside the template',
      use({ job: 'web' }, { max: 'much' }),
      ERRORS,
      'spec.checks[0].max: "much" is not a number, a percentage or a duration; write it as 0.01, 1%, 1s or 250ms',
    ],
    [
      'a check that asks nothing, template and all',
      use({ job: 'web' }),
      { args: ERRORS.args, check: { scrape: SCRAPE } },
      'spec.checks[0]: does not say what is good; add compare: {} (against stable), slo, max or min',
    ],
  ])('%s', (_name, check, spec, expected) => {
    const found = problems(check, withOne(spec));
    expect(found).toContain(expected);
    // Nothing is said of what the check would be.
    expect(found.filter((one) => one.includes('nowhere to measure'))).toEqual([]);
  });
});

describe('with a ReleaseDefaults', () => {
  const general = {
    checks: [{ name: 'general', template: { name: 'errors', args: { job: 'web' } } }],
  };

  test('its checks have templates too, and each problem is where it is written', () => {
    const templates = withOne(ERRORS);
    const { spec } = effectivePolicy(
      written(use({ job: 'own' })),
      releaseDefaultsSpecSchema.parse(general),
      templates,
    );
    expect(spec.checks.map(({ scrape }) => scrape?.total)).toEqual([
      'requests_total{job="web"}',
      'requests_total{job="own"}',
    ]);
    expect(problems(use(), templates, general)).toEqual([
      expect.stringMatching(/^spec\.checks\[0\]\.template\.args: job is missing[^()]*$/),
    ]);
    const missing = { checks: [{ name: 'general', template: { name: 'errors' } }] };
    expect(problems(use({ job: 'own' }), templates, missing)).toEqual([
      expect.stringMatching(
        /^ReleaseDefaults default: spec\.checks\[0\]\.template\.args: job is missing.*, or say it otherwise in the policy$/,
      ),
    ]);
  });

  test('the kind by itself', () => {
    const defaults = releaseDefaultsSpecSchema.parse(general);
    expect(validateDefaults(defaults, withOne(ERRORS))).toEqual([]);
    expect(validateDefaults(defaults).map(formatProblem)).toEqual([
      'spec.checks[0].template.name: there is no CheckTemplate errors; create it, or correct the name',
    ]);
    const much = withOne({ ...ERRORS, check: { ...ERRORS.check, max: 'much' } });
    expect(validateDefaults(defaults, much).map(({ field }) => field)).toEqual([
      'CheckTemplate errors: spec.check.max',
    ]);
  });
});

describe('a template by itself', () => {
  const faults = (spec: Loose) => validateTemplate(template(spec)).map(({ field }) => field);

  test('is judged as far as it is known', () => {
    expect(faults(ERRORS)).toEqual([]);
    expect(faults({ ...ERRORS, check: { ...ERRORS.check, max: 'much' } })).toEqual([
      'spec.check.max',
    ]);
    expect(faults({ ...ERRORS, check: { ...ERRORS.check, interval: 'soon' } })).toEqual([
      'spec.check.interval',
    ]);
    const { bad: _, ...half } = SCRAPE;
    expect(faults({ args: [{ name: 'job' }], check: { scrape: half, max: '1%' } })).toEqual([
      'spec.check.scrape',
    ]);
  });

  test('what hangs on a value that is to be given, or may stand beside it, is left open', () => {
    const open = { args: [{ name: 'much' }, { name: 'total' }] };
    const scrape = { pods: { port: 8080 }, total: '{{args.total}}', bad: 'b' };
    expect(faults({ ...open, check: { scrape, max: '{{args.much}}' } })).toEqual([]);
    expect(faults({ check: { scrape: { ...scrape, total: 'a' } } })).toEqual([]);
    expect(faults({ check: { max: '1%' } })).toEqual([]);
    const filled = open.args.map(({ name }) => ({ name, default: '{' }));
    expect(faults({ args: filled, check: { scrape, max: '{{args.much}}' } })).toEqual([
      'spec.check.scrape.total',
      'spec.check.max',
    ]);
  });
});

describe('whatever is written', () => {
  const text = fc.constantFrom('web', '5..', 'a b', '{{hash}}', '$&', '{{', '}}', '"', 'args.a');
  const value = fc.oneof(text, fc.integer(), fc.boolean());
  const names = ['a', 'b', 'c-1', 'd_2'];
  const piece = fc.oneof(
    text,
    fc.constantFrom(...names).map((name) => `{{args.${name}}}`),
    fc.constantFrom(...names).map((name) => `{{ args.${name} }}`),
  );
  const query = fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
  const use1 = fc.record({
    bad: query,
    max: fc.oneof(query, fc.constant('1%')),
    given: fc.tuple(value, value, value, value),
    defaults: fc.tuple(...names.map(() => fc.option(value, { nil: undefined }))),
    own: fc.record(
      { interval: fc.constant('1s'), dryRun: fc.boolean(), slo: fc.constant({ objective: '99%' }) },
      { requiredKeys: [] },
    ),
  });

  test('resolving is done once and for all, and no argument is left', () => {
    let made = 0;
    fc.assert(
      fc.property(use1, ({ bad, max, given, defaults, own }) => {
        const all = names.map((one) => `{{args.${one}}}`).join('');
        const spec = {
          args: names.map((name, i) => ({ name, default: defaults[i] })),
          check: { scrape: { pods: { port: 80 }, total: all, bad }, max },
        };
        const values = Object.fromEntries(names.map((name, i) => [name, given[i]]));
        const policy = written(use(values, own));
        const once = effectivePolicy(policy, {}, withOne(spec));
        expect(JSON.stringify(once.spec)).not.toMatch(/\{\{\s*args/);
        if (once.unmade.length > 0) {
          // One that is written badly, in the template or by two halves that came together.
          const [said] = once.unmade.flatMap((one) => one.problems);
          expect(said?.message).toMatch(/^names (no|an) argument/);
          return;
        }
        made += 1;
        expect(effectivePolicy(once.spec, {}, withOne(spec))).toEqual({ ...once, origins: [] });
        expect(once.spec.checks[0]).not.toHaveProperty('template');
        expect(once.spec.checks[0]).toMatchObject(own);
        expect(once.spec.checks[0]?.scrape?.total).toBe(given.join(''));
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(100);
  });
});
