/** Specs that cannot work: the difference to a policy that can, and what is said of it. */

export type Loose = Record<string, unknown>;

export const services = [{ name: 'web' }];
export const routers = [{ gatewayAPI: { httpRoute: 'web' } }];
export const GOOD: Loose = {
  targetRef: { name: 'web' },
  traffic: { services, routers },
  strategy: { canary: { stages: [{ weight: 5, hold: '10m' }, { weight: 50 }] } },
};

export const canary = (...stages: Loose[]) => ({ strategy: { canary: { stages } } });
export const blueGreen = (spec: Loose = {}) => ({
  traffic: { services },
  strategy: { blueGreen: spec },
});
export const routed = (spec: Loose) => ({ strategy: { blueGreen: spec } });
const rolling = (spec: Loose = {}) => ({ traffic: { services }, strategy: { rolling: spec } });
export const unrouted = { traffic: { services } };
const source = { pods: { port: 8080 }, total: 'requests_total', bad: 'requests_total{code="500"}' };
const check = (rest: Loose = {}) => ({
  checks: [{ name: 'errors', scrape: source, max: '1%', ...rest }],
});
const goal = {
  name: 'orders',
  scrape: { pods: { port: 8080 }, total: 'a_total', good: 'b_total' },
};
const abTest = (rest: Loose) => ({
  strategy: {
    abTest: {
      duration: '1h',
      goal,
      sticky: { percent: 20 },
      ...rest,
    },
  },
});
const stateful = { kind: 'StatefulSet', name: 'web' };
const daemons = { kind: 'DaemonSet', name: 'web' };
const match = [{ headers: [{ name: 'x', exact: '1' }] }];
const http = { name: 'home', http: { path: '/' } };
const webhook = { name: 'board', webhook: { url: 'https://board' } };
/** A hold of a rolling update. */
const step = (rest: Loose) => ({ strategy: { rolling: { stages: [{ holdAfter: 1, ...rest }] } } });
export const CANARY = 'spec.strategy.canary';
export const BLUE_GREEN = 'spec.strategy.blueGreen';
const ROLLING = 'spec.strategy.rolling.stages[0]';
const AB_TEST = 'spec.strategy.abTest';

/** What is wrong, the difference, and what is said of it: the field, a part of the reason, and how
 * the fix begins. */
export type Row = [name: string, spec: Loose, text: string];

/** What a spec says that cannot be, wherever it is applied. */
export const SENSE: Row[] = [
  // strategies
  [
    'no strategy',
    { strategy: {} },
    'spec.strategy: no strategy; set exactly one of canary, blueGreen, rolling, recreate and abTest',
  ],
  [
    'two strategies',
    { strategy: { blueGreen: {}, recreate: {} } },
    'spec.strategy: 2 strategies; set exactly one of canary, blueGreen, rolling, recreate and abTest',
  ],
  [
    'groups',
    routed({ groups: [{}] }),
    `${BLUE_GREEN}.groups: is a rolling update; use rolling with maxSurge: 0, maxUnavailable: 50%`,
  ],
  // weights
  [
    'weights that fall',
    canary({ weight: 20 }, { weight: 10 }),
    `${CANARY}.stages[1].weight: 10 does not rise above the stage before it (20); order the stages by rising weight, or set spec.strategy.canary.allowLower: true`,
  ],
  [
    'a weight twice',
    canary({ weight: 20 }, { weight: 20 }),
    `${CANARY}.stages[1].weight: 20 does not rise; order the stages by rising weight`,
  ],
  [
    'weight 0 for nobody',
    canary({ weight: 0 }, { weight: 5 }),
    `${CANARY}.stages[0].weight: sends the candidate nothing; begin with 1 or more, or say which requests it gets`,
  ],
  [
    'match for everybody',
    canary({ weight: 100, match }),
    `${CANARY}.stages[0].match: means nothing at weight 100; remove it, or lower the weight`,
  ],
  [
    'mirror of everything',
    canary({ weight: 100, mirror: {} }),
    `${CANARY}.stages[0].mirror: means nothing at weight 100; remove it, or lower the weight`,
  ],
  [
    'too few pods',
    canary({ weight: 50, capacity: 10 }),
    `${CANARY}.stages[0].capacity: 10 % of the pods cannot carry 50 % of the traffic; write 50 or more`,
  ],
  [
    'shares that fall',
    routed({ switch: [{ weight: 50 }, { weight: 20 }] }),
    `${BLUE_GREEN}.switch[1].weight: 20 does not rise above the share before it (50); order the shares`,
  ],
  [
    'a share of nothing',
    routed({ switch: [{ weight: 0 }] }),
    `${BLUE_GREEN}.switch[0].weight: a share of 0 sends the new version nothing; begin with 1 or more`,
  ],
  [
    'the last share',
    routed({ switch: [{ weight: 100 }] }),
    `${BLUE_GREEN}.switch[0].weight: 100 is the end of every switch; take it out`,
  ],
  // what a router is needed for
  [
    'match without a router',
    { ...canary({ weight: 5, match }), ...unrouted },
    `${CANARY}.stages[0].match: nothing can tell requests apart without a router; add gatewayAPI with your HTTPRoute`,
  ],
  [
    'mirror without a router',
    { ...canary({ weight: 5, mirror: {} }), ...unrouted },
    `${CANARY}.stages[0].mirror: nothing can copy requests without a router; add gatewayAPI with your HTTPRoute`,
  ],
  [
    'capacity without a router',
    { ...canary({ weight: 5, capacity: 50 }), ...unrouted },
    `${CANARY}.stages[0].capacity: the pods are the share of the traffic; remove it, or add a router`,
  ],
  [
    'smoke tests without a router',
    { ...canary({ weight: 5, smokeTests: [http] }), ...unrouted },
    `${CANARY}.stages[0].smokeTests: pods get their share as soon as they are ready; remove it, or add a router`,
  ],
  [
    'shares without a router',
    blueGreen({ switch: [{ weight: 50 }] }),
    `${BLUE_GREEN}.switch: pinned to one version, which has no weights; add gatewayAPI with your HTTPRoute`,
  ],
  [
    'an A/B test without a router',
    { ...abTest({}), ...unrouted },
    `${AB_TEST}.sticky: nothing can tell users apart without a router; add gatewayAPI`,
  ],
  [
    'two routers in one',
    { traffic: { services, routers: [{ ...routers[0], istio: { virtualService: 'web' } }] } },
    'spec.traffic.routers[0]: is not one router; set exactly one field: gatewayAPI, istio, contour, ingressNginx, alb, apisix, traefik, custom',
  ],
  [
    'subsets of one DestinationRule for two Services',
    {
      traffic: {
        services: [{ name: 'web' }, { name: 'api' }],
        routers: [{ istio: { virtualService: 'web', destinationRule: 'web' } }],
      },
    },
    'spec.traffic.routers[0].istio.destinationRule: a DestinationRule is of one Service, and the policy has 2; leave destinationRule out: each version is then a Service of its own',
  ],
  [
    'two routes in one',
    {
      traffic: {
        services,
        routers: [{ gatewayAPI: { ...routers[0]?.gatewayAPI, tcpRoute: 'web' } }],
      },
    },
    'spec.traffic.routers[0].gatewayAPI: does not name one object; set exactly one field: httpRoute, grpcRoute, tlsRoute, tcpRoute',
  ],
  [
    'a router of nothing',
    { traffic: { services, routers: [{ gatewayAPI: {} }] } },
    'spec.traffic.routers[0].gatewayAPI: does not name one object; set exactly one field: httpRoute, grpcRoute, tlsRoute, tcpRoute',
  ],
  [
    'one route twice',
    { traffic: { services, routers: [...routers, ...routers] } },
    'spec.traffic.routers[1]: is there twice; take one of the two out',
  ],
  [
    'no traffic',
    { ...blueGreen(), traffic: undefined },
    'spec.traffic: is missing; name the Service that users reach',
  ],
  [
    'one Service twice',
    { traffic: { services: [...services, ...services], routers } },
    'spec.traffic.services[1].name: web is there twice; rename it',
  ],
  [
    'a router for rolling',
    { strategy: { rolling: {} } },
    'spec.traffic.routers: rolling moves no weights; take the routers out, or use canary or blueGreen',
  ],
  [
    'a router for recreate',
    { strategy: { recreate: {} } },
    'spec.traffic.routers: recreate moves no weights; take the routers out',
  ],
  // pairs
  [
    'a pair of one',
    { ...blueGreen(), pairRef: { name: 'web' } },
    'spec.pairRef.name: is the workload of targetRef itself; name the other Deployment',
  ],
  [
    'a pair with rolling',
    { ...rolling(), pairRef: { name: 'green' } },
    'spec.pairRef: take turns by blueGreen only; use blueGreen, or leave pairRef out',
  ],
  [
    'a pair with a router',
    { ...routed({}), pairRef: { name: 'green' } },
    'spec.traffic.routers: the selector of the Service moves the traffic; leave routers out',
  ],
  [
    'a pair of which one is deleted',
    { ...blueGreen({ after: 'Delete' }), pairRef: { name: 'green' } },
    `${BLUE_GREEN}.after: is a Deployment of yours; write ScaleToZero`,
  ],
  // StatefulSets
  [
    'a blue-green of a StatefulSet',
    { ...blueGreen(), targetRef: stateful },
    `${BLUE_GREEN}: cannot be released by blueGreen: its pods have names and volumes; use rolling`,
  ],
  [
    'a recreate of a StatefulSet',
    { ...unrouted, strategy: { recreate: {} }, targetRef: stateful },
    'spec.strategy.recreate: its controller never stops all of its pods at once; use rolling',
  ],
  [
    'an A/B test of a StatefulSet',
    { ...abTest({}), targetRef: stateful },
    `${AB_TEST}: a StatefulSet cannot be released by abTest: its pods have names; use rolling`,
  ],
  [
    'a StatefulSet with a pod too many',
    { ...rolling({ maxSurge: 1 }), targetRef: stateful },
    'spec.strategy.rolling.maxSurge: a StatefulSet changes one pod at a time; take it out',
  ],
  [
    'a StatefulSet with pods too few',
    { ...rolling({ maxUnavailable: '25%' }), targetRef: stateful },
    'spec.strategy.rolling.maxUnavailable: a StatefulSet changes one pod at a time; take it out',
  ],
  [
    'two StatefulSets that take turns',
    { ...rolling(), targetRef: stateful, pairRef: { name: 'green' } },
    'spec.pairRef: two workloads take turns only where they are Deployments; leave it out',
  ],
  // DaemonSets
  [
    'a canary of a DaemonSet',
    { targetRef: daemons },
    `${CANARY}: a DaemonSet cannot be released by canary: each node has one pod of it; use rolling`,
  ],
  [
    'a blue-green of a DaemonSet',
    { ...blueGreen(), targetRef: daemons },
    `${BLUE_GREEN}: a DaemonSet cannot be released by blueGreen: each node has one pod of it; use rolling`,
  ],
  [
    'a recreate of a DaemonSet',
    { ...unrouted, strategy: { recreate: {} }, targetRef: daemons },
    'spec.strategy.recreate: that would leave every node without it; use rolling: batch of nodes',
  ],
  [
    'an A/B test of a DaemonSet',
    { ...abTest({}), targetRef: daemons },
    `${AB_TEST}: a DaemonSet cannot be released by abTest: each node has one pod of it; use rolling`,
  ],
  [
    'a DaemonSet with a pod too many',
    { ...rolling({ maxSurge: 1 }), targetRef: daemons },
    'spec.strategy.rolling.maxSurge: a node has never two pods of a DaemonSet; take it out',
  ],
  [
    'a batch of no nodes',
    { ...rolling({ batch: 0 }), targetRef: daemons },
    'spec.strategy.rolling.batch: 0 is not a number of nodes; write a number of nodes or a percentage',
  ],
  [
    'batches of a Deployment',
    rolling({ batch: 3 }),
    'spec.strategy.rolling.batch: a Deployment is not released node by node; take it out',
  ],
  // sizes
  [
    'no preview',
    blueGreen({ preview: { replicas: 0 } }),
    `${BLUE_GREEN}.preview.replicas: a preview without a pod shows nothing; write 1 or more`,
  ],
  [
    'a preview in words',
    blueGreen({ preview: { replicas: 'half' } }),
    `${BLUE_GREEN}.preview.replicas: "half" is not a number of pods; write a number of pods or a percentage of them: 2 or 25%`,
  ],
  [
    'a preview at the address of the users',
    blueGreen({ previewService: 'web' }),
    `${BLUE_GREEN}.previewService: web is what users reach; choose another name, or leave it out: web-preview`,
  ],
  [
    'a preview of two Services by one name',
    {
      traffic: { services: [...services, { name: 'b' }] },
      strategy: { blueGreen: { previewService: 'c' } },
    },
    `${BLUE_GREEN}.previewService: one name for 2 Services; leave it out`,
  ],
  [
    'kept for a time and not kept',
    blueGreen({ keepFor: '1h' }),
    `${BLUE_GREEN}.keepFor: nothing is kept; write after: Keep, or take it out`,
  ],
  [
    'no pod too many and none too few',
    rolling({ maxSurge: 0, maxUnavailable: 0 }),
    'spec.strategy.rolling.maxUnavailable: no pod could ever be changed; allow one pod too many or one too few',
  ],
  [
    'a hold before the first pod',
    rolling({ stages: [{ holdAfter: 0 }] }),
    'spec.strategy.rolling.stages[0].holdAfter: before the first pod; begin with 1',
  ],
  [
    'a hold after the last pod',
    rolling({ stages: [{ holdAfter: '100%' }] }),
    'spec.strategy.rolling.stages[0].holdAfter: 100 % is every pod; take the stage out and use spec.bake',
  ],
  [
    'holds that fall',
    rolling({ stages: [{ holdAfter: '50%' }, { holdAfter: '25%' }] }),
    'spec.strategy.rolling.stages[1].holdAfter: 25% is not more than the stage before it (50%); order the stages by rising pods',
  ],
  // times
  [
    'a hold without a unit',
    canary({ weight: 5, hold: '10' }),
    `${CANARY}.stages[0].hold: "10" is not a hold; write a duration with its unit (10m)`,
  ],
  [
    'a hold that only checks could end',
    canary({ weight: 5, hold: { atMost: '10m' } }),
    `${CANARY}.stages[0].hold: no check applies to this stage; add a check, or write the hold as a plain duration`,
  ],
  [
    'no time for pods',
    { progressDeadline: '0s' },
    'spec.progressDeadline: 0s leaves no pod the time to become available; write 1m or more',
  ],
  [
    'a window without times',
    { window: {} },
    'spec.window: says no times; write `open`, `freeze` or both',
  ],
  [
    'a day that never comes',
    { window: { open: [{ cron: '0 9 30 2 *', for: '1h' }] } },
    'spec.window.open[0].cron: never opens: there is no such day; write a day that comes',
  ],
  [
    'a schedule that is none',
    { window: { open: [{ cron: 'daily', for: '1h' }] } },
    'spec.window.open[0].cron: "daily" is not a schedule; write minute, hour, day, month and day of the week',
  ],
  [
    'a schedule that shuts at once',
    { window: { open: [{ cron: '0 9 * * *' }] } },
    'spec.window.open[0].for: not for how long; add how long',
  ],
  [
    'no day at all',
    { window: { open: [{ days: [] }] } },
    'spec.window.open[0].days: never opens; name a day, or remove it',
  ],
  [
    'a window of no length',
    { window: { open: [{ from: '09:00', to: '09:00' }] } },
    'spec.window.open[0].to: from 09:00 to 09:00 never opens; write a later time',
  ],
  [
    'a freeze of everything',
    { window: { open: [{ days: ['Mon'] }], freeze: [{ from: '2020-01-01', to: '9999-12-31' }] } },
    'spec.window.freeze[0]: does not open again for ten years or more; write the day on which releases go on',
  ],
  [
    'freezes that leave nothing',
    {
      window: {
        freeze: [
          { from: '2020-01-01', to: '2026-06-30' },
          { from: '2026-07-01', to: '2040-01-01' },
        ],
      },
    },
    'spec.window.freeze[0]: from 2020-01-01 on the window does not open again; write the day on which releases go on',
  ],
  [
    'a freeze that ends before it begins',
    { window: { freeze: [{ from: '2026-12-20', to: '2026-12-01' }] } },
    'spec.window.freeze[0]: ends (2026-12-01) before it begins; write a later `to`',
  ],
  [
    'a day of no calendar',
    { window: { freeze: [{ from: '2026-13-01', to: '2026-13-02' }] } },
    'spec.window.freeze[0]: are no days of a calendar; write days that there are',
  ],
  [
    'a time zone of a freeze that is none',
    { window: { freeze: [{ from: '2026-12-01', to: '2026-12-02', timeZone: 'Berlin' }] } },
    'spec.window.freeze[0].timeZone: Berlin is not a time zone; write one as Europe/Berlin',
  ],
  [
    'a window of a stage that never opens',
    canary({ weight: 5, window: { open: [] } }),
    `${CANARY}.stages[0].window.open: never opens; name a time, or remove it`,
  ],
  // checks
  [
    'a check that is not there',
    canary({ weight: 5, checks: ['p99'] }),
    `${CANARY}.stages[0].checks: there is no check p99; define it under spec.checks`,
  ],
  [
    'a check without a limit',
    check({ max: undefined }),
    'spec.checks[0]: does not say what is good; add compare: {}',
  ],
  [
    'a limit in words',
    check({ max: 'few' }),
    'spec.checks[0].max: "few" is not a number; write it as 0.01, 1%, 1s or 250ms',
  ],
  [
    'a comparison',
    check({ compare: { margin: 2 } }),
    'spec.checks[0]: asks more than one thing; keep one of them',
  ],
  [
    'a fresh baseline by a hash that all pods of a version have',
    check({
      max: undefined,
      compare: { baseline: 'Fresh' },
      scrape: { address: 'http://g', total: 'a{h="{{hash}}"}', bad: 'b{h="{{hash}}"}' },
    }),
    'spec.checks[0].scrape.total: names no pods; select them with {{pods}}, as in pod=~"{{pods}}"',
  ],
  [
    'a fresh baseline where pods are the shares',
    { ...check({ max: undefined, compare: { baseline: 'Fresh' } }), ...unrouted },
    'spec.checks[0].compare.baseline: Fresh is for a canary of a Deployment with a router; take baseline out',
  ],
  // tests, webhooks, hooks
  [
    'a smoke test of nothing',
    routed({ smokeTests: [{ name: 'a' }] }),
    `${BLUE_GREEN}.smokeTests[0]: does nothing; set exactly one of http and job`,
  ],
  [
    'two smoke tests of one name',
    routed({ smokeTests: [http, http] }),
    `${BLUE_GREEN}.smokeTests[1].name: home is there twice; rename it`,
  ],
  [
    'a Job without containers',
    { hooks: { before: [{ name: 'a', job: { spec: {} } }] } },
    'spec.hooks.before[0].job.spec.template.spec.containers: a Job without containers; write the spec of a Job',
  ],
  [
    'a hook that is two things',
    { hooks: { after: [{ ...webhook, job: { spec: {} } }] } },
    'spec.hooks.after[0]: is both job and webhook; set exactly one of job and webhook',
  ],
  [
    'an address that is none',
    { hooks: { before: [{ name: 'a', webhook: { url: 'board' } }] } },
    'spec.hooks.before[0].webhook.url: "board" is not an address; write http:// or https:// and a host',
  ],
  [
    'a request to new pods of a rolling update that no Service leads to',
    { traffic: undefined, ...step({ smokeTests: [http] }) },
    `${ROLLING}.smokeTests[0].http: no Service says at which port; name it under spec.traffic.services, or use a job`,
  ],
  [
    'a smoke test of a rolling update that does nothing',
    { ...unrouted, ...step({ smokeTests: [{ name: 'none' }] }) },
    `${ROLLING}.smokeTests[0]: does nothing; set exactly one of http and job`,
  ],
  [
    'a webhook of a rolling update that is no address',
    { ...unrouted, ...step({ webhooks: [{ name: 'board', url: 'board' }] }) },
    `${ROLLING}.webhooks[0].url: "board" is not an address; write http:// or https:// and a host`,
  ],
  [
    'a window of a rolling update that never opens',
    { ...unrouted, ...step({ window: { open: [{ cron: '0 0 30 2 *', for: '1h' }] } }) },
    `${ROLLING}.window.open[0].cron: never opens; `,
  ],
  // A/B tests
  [
    'a third arm',
    abTest({ arms: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }),
    `${AB_TEST}.arms: 3 arms; name two`,
  ],
  [
    'users told twice',
    abTest({ match }),
    `${AB_TEST}: says both match and sticky; set exactly one of match`,
  ],
  [
    'nobody',
    abTest({ sticky: undefined }),
    `${AB_TEST}: does not say who gets the new version; set exactly one of match`,
  ],
  [
    'a difference that is no share',
    abTest({ goal: { ...goal, effect: '5m' } }),
    `${AB_TEST}.goal.effect: "5m" is not a share; write points`,
  ],
  [
    'a test of no length',
    abTest({ duration: '0s' }),
    `${AB_TEST}.duration: compares nothing; write how long`,
  ],
  [
    'a cookie that ends first',
    abTest({ sticky: { percent: 20, maxAge: '30m' } }),
    `${AB_TEST}.sticky.maxAge: 30m is shorter than the test; write a longer one`,
  ],
  [
    'a goal by the name of a check',
    { ...abTest({}), ...check({ name: 'orders' }) },
    `${AB_TEST}.goal.name: a check has the name orders; rename one of them`,
  ],
];

/** What the schema says: in a file, and the API server by the same schema. */
export const STRUCTURE: Row[] = [
  [
    'a weight over 100',
    canary({ weight: 101 }),
    `${CANARY}.stages[0].weight: 101 is over 100; write 100 or less`,
  ],
  [
    'a weight below 0',
    canary({ weight: -1 }),
    `${CANARY}.stages[0].weight: -1 is under 0; write 0 or more`,
  ],
  [
    'all users in a test',
    abTest({ sticky: { percent: 100 } }),
    `${AB_TEST}.sticky.percent: 100 is over 99; write 99 or less`,
  ],
  [
    'a ReplicaSet',
    { targetRef: { kind: 'ReplicaSet', name: 'web' } },
    'spec.targetRef.kind: "ReplicaSet" cannot be released: it keeps the template that it was made with; name the Deployment',
  ],
  [
    'a Job',
    { targetRef: { kind: 'Job', name: 'web' } },
    'spec.targetRef.kind: "Job" cannot be released: it runs once to its end; make it a hook of the workload',
  ],
  ['no Service', { traffic: { services: [] } }, 'spec.traffic.services: is empty; add to it'],
  [
    'a smoke test of a recreate, which has no stage',
    { ...unrouted, strategy: { recreate: { smokeTests: [http] } } },
    'spec.strategy.recreate.smokeTests: recreate has no stage; use spec.hooks.after',
  ],
  [
    'a smoke test of a rolling update as a whole',
    { ...unrouted, strategy: { rolling: { smokeTests: [http] } } },
    'spec.strategy.rolling.smokeTests: unknown field; write it into an entry of spec.strategy.rolling.stages',
  ],
  [
    'a bake inside of the strategy',
    routed({ bake: '5m' }),
    `${BLUE_GREEN}.bake: unknown field; write it under spec`,
  ],
  [
    'a bake without a unit',
    { bake: '10' },
    'spec.bake: "10" is not a duration; write it with its unit',
  ],
  [
    'a drain in words',
    { traffic: { services, drain: 'soon' } },
    'spec.traffic.drain: "soon" is not a duration; write it with its unit',
  ],
];
