/** Routers by the names that they and their objects have elsewhere, and times in days: what is meant is said. */
import { expect, test } from 'vitest';
import { GOOD } from './testing/good-policy.ts';
import { validateText } from './validate-text.ts';

const faultsOf = (from: string, to: string): string[] => {
  expect(GOOD).toContain(from);
  return validateText('a.yaml', GOOD.replace(from, to)).faults;
};

test.each([
  [
    'kong: {httpRoute: web}',
    'kong: unknown field; Kong takes weights from an HTTPRoute: write gatewayAPI: {httpRoute: NAME}',
  ],
  ['nginx: {ingress: web}', 'nginx: unknown field; write ingressNginx: {ingress: NAME}'],
  ['nginx-ingress: {}', 'nginx-ingress: unknown field; write ingressNginx: {ingress: NAME}'],
  [
    'smi: {trafficSplit: web}',
    'smi: unknown field; TrafficSplits are moved by a definition: write custom: {definition: CONFIGMAP, object: NAME}',
  ],
  ['traefikService: web', 'traefikService: unknown field; write traefik: {traefikService: NAME}'],
  [
    'httpRoute: web',
    'httpRoute: unknown field; write gatewayAPI: {httpRoute: NAME}, or linkerd: {httpRoute: NAME}',
  ],
  [
    'alb: {ingress: web, listener: web}',
    'alb.listener: unknown field; its controller makes them of an Ingress; write ingress: NAME',
  ],
  [
    'linkerd: {httpRoute: web, trafficSplit: web}',
    'linkerd.trafficSplit: unknown field; as another router, TrafficSplits are moved by a definition: write custom: {definition: CONFIGMAP, object: NAME}',
  ],
  [
    'istio: {destinationRule: web}',
    'istio.virtualService: is missing; name the VirtualService whose destinations are moved',
  ],
  // Near enough, or not known at all.
  ['itsio: {}', 'itsio: unknown field; write istio'],
  ['alb: {ingress: web, constructor: a}', 'alb.constructor: unknown field; known here: ingress'],
])('a router as %s', (written, said) => {
  const faults = faultsOf('{gatewayAPI: {httpRoute: web}}', `{${written}}`);
  expect(faults).toEqual([`a.yaml:8: ReleasePolicy web: spec.traffic.routers[0].${said}`]);
});

const HOLD = 'spec.strategy.canary.stages[0].hold';

test.each([
  ['hold: 7d', `${HOLD}: "7d" is not a hold: a duration has no days; write 168h`],
  [
    'hold: {atMost: 1w}',
    `${HOLD}: {"atMost":"1w"} is not a hold: a duration has no days; write 168h`,
  ],
  [
    'hold: 10m\n        timeout: 1d12h',
    'spec.strategy.canary.stages[0].timeout: "1d12h" is not a duration, which has no days; write 36h',
  ],
])('days, as in %s', (written, said) => {
  expect(
    faultsOf('hold: 10m', written).map((one) => one.replace(/^.*?:\d+: ReleasePolicy web: /, '')),
  ).toEqual([said]);
});
