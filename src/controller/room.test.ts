/** What is known of the room for a candidate before its first pod is made. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { nodeShortage, quotaShortage } from './room.ts';

const template = (requests?: object, limits?: object, rest: object = {}) => ({
  spec: {
    containers: [
      { name: 'web', resources: { ...(requests && { requests }), ...(limits && { limits }) } },
    ],
    ...rest,
  },
});

const object = (kind: string, name: string, rest: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...rest,
});
const quota = (hard: object, used: object, spec: object = {}) =>
  object('ResourceQuota', 'small', { spec: { hard, ...spec }, status: { hard, used } });
const limits = (item: object) =>
  object('LimitRange', 'defaults', { spec: { limits: [{ type: 'Container', ...item }] } });

describe('quotas', () => {
  const REMEDY = 'raise the quota, free some of it, or ask for less';
  test.each<[string, object, object, object, string]>([
    [
      'pods',
      { pods: '6' },
      { pods: '4' },
      template(),
      'ResourceQuota small: 4 of 6 pods are used, 4 more pods need 4',
    ],
    [
      'counted pods',
      { 'count/pods': '7' },
      { 'count/pods': '4' },
      template(),
      'ResourceQuota small: 4 of 7 count/pods are used, 4 more pods need 4',
    ],
    [
      'cpu',
      { cpu: '3' },
      { cpu: '1400m' },
      template({ cpu: '500m' }),
      'ResourceQuota small: 1400m of 3 cpu are used, 4 more pods need 2',
    ],
    [
      'memory limits',
      { 'limits.memory': '8Gi' },
      { 'limits.memory': '6Gi' },
      template({}, { memory: '640Mi' }),
      'ResourceQuota small: 6Gi of 8Gi limits.memory are used, 4 more pods need 2.5Gi',
    ],
    [
      'things of any kind',
      { 'requests.nvidia.com/gpu': '4' },
      { 'requests.nvidia.com/gpu': '2' },
      template({ 'nvidia.com/gpu': 1 }),
      'ResourceQuota small: 2 of 4 requests.nvidia.com/gpu are used, 4 more pods need 4',
    ],
    [
      'what containers must say',
      { 'limits.cpu': '100' },
      { 'limits.cpu': '0' },
      template({ cpu: '1' }),
      'ResourceQuota small demands limits.cpu of every container, web says none',
    ],
  ])('of %s', (_, hard, used, pods, message) => {
    const wanted = { pods: 4, template: pods };
    expect(quotaShortage(wanted, { quotas: [quota(hard, used)], limitRanges: [] })).toEqual({
      reason: 'QuotaExceeded',
      message: `${message}; ${REMEDY}`,
      certain: true,
    });
  });

  test.each<[string, object, object, object]>([
    ['room to the last pod', { pods: '8' }, { pods: '4' }, template()],
    ['room to the last core', { cpu: '2.4' }, { cpu: '400m' }, template({ cpu: '0.5' })],
    ['another kind of object', { services: '1' }, { services: '1' }, template()],
    ['no count yet', { pods: '1' }, {}, template()],
  ])('with %s say nothing', (_, hard, used, pods) => {
    const wanted = { pods: 4, template: pods };
    expect(quotaShortage(wanted, { quotas: [quota(hard, used)], limitRanges: [] })).toBeUndefined();
  });

  test.each([
    [{ scopes: ['Terminating'] }, false],
    [{ scopes: ['BestEffort'] }, false],
    [{ scopes: ['NotTerminating', 'NotBestEffort'] }, true],
    [{ scopeSelector: { matchExpressions: [] } }, false],
  ])('of the scope %j: %s', (spec, counts) => {
    const quotas = [quota({ pods: '4' }, { pods: '4' }, spec)];
    const found = quotaShortage(
      { pods: 1, template: template({ cpu: '1' }) },
      { quotas, limitRanges: [] },
    );
    expect(found !== undefined).toBe(counts);
  });

  test('count what a LimitRange fills in', () => {
    const quotas = [
      quota(
        { 'requests.cpu': '2', 'limits.cpu': '100' },
        { 'requests.cpu': '1', 'limits.cpu': '1' },
      ),
    ];
    const wanted = { pods: 4, template: template() };
    const limitRanges = [limits({ default: { cpu: '1' }, defaultRequest: { cpu: '300m' } })];
    expect(quotaShortage(wanted, { quotas, limitRanges })?.message).toContain(
      '1 of 2 requests.cpu are used, 4 more pods need 1200m',
    );
  });

  test('count a request that is not said as its limit', () => {
    const quotas = [quota({ 'requests.cpu': '2' }, { 'requests.cpu': '1' })];
    const wanted = { pods: 4, template: template(undefined, { cpu: '1' }) };
    expect(quotaShortage(wanted, { quotas, limitRanges: [] })?.message).toContain('need 4;');
  });

  test('count init containers by the hungriest, and sidecars with the others', () => {
    const init = (name: string, cpu: string, rest: object = {}) => ({
      name,
      resources: { requests: { cpu } },
      ...rest,
    });
    const initContainers = [
      init('large', '2'),
      init('small', '100m'),
      init('proxy', '500m', { restartPolicy: 'Always' }),
    ];
    const quotas = [quota({ cpu: '4' }, { cpu: '0' })];
    const of = (rest: object) =>
      quotaShortage(
        { pods: 4, template: template({ cpu: '600m' }, undefined, rest) },
        { quotas, limitRanges: [] },
      );
    expect(of({})).toBeUndefined();
    expect(of({ initContainers: initContainers.slice(1) })?.message).toContain('need 4400m');
    expect(of({ initContainers })?.message).toContain('need 8;');
  });
});

describe('nodes', () => {
  const node = (
    name: string,
    spec: object = {},
    allocatable: object = { cpu: '4', memory: '8Gi', pods: '10' },
  ) => object('Node', name, { spec, status: { allocatable } });
  const pod = (nodeName: string, cpu: string, phase = 'Running') =>
    object('Pod', `${nodeName}-${cpu}`, {
      spec: { nodeName, ...template({ cpu }).spec },
      status: { phase },
    });
  const wanted = (pods: number, spec: object = {}) => ({
    pods,
    template: template({ cpu: '1500m' }, undefined, spec),
  });

  test('that are too full are told of with numbers', () => {
    const nodes = [node('a'), node('b')];
    const pods = [pod('a', '1'), pod('b', '2'), pod('b', '1')];
    expect(nodeShortage(wanted(2), { nodes, pods })).toBeUndefined();
    expect(nodeShortage(wanted(4), { nodes, pods })).toEqual({
      reason: 'NoRoomOnNodes',
      message:
        'the 2 of 2 nodes that take them have room for 2 of 4 more pods, each of which asks for 1500m cpu; unless nodes are added, some will not be scheduled',
      certain: false,
    });
  });

  test('take only so many pods, whatever they ask for', () => {
    const nodes = [node('a', {}, { pods: '3' })];
    const none = { pods: 3, template: template() };
    expect(nodeShortage(none, { nodes, pods: [pod('a', '1')] })?.message).toContain(
      '2 of 3 more pods',
    );
  });

  test('count pods that have ended as none', () => {
    const pods = [pod('a', '3', 'Succeeded')];
    expect(nodeShortage(wanted(2), { nodes: [node('a')], pods })).toBeUndefined();
  });

  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  test.each<[string, KubeObject, object, boolean]>([
    ['cordoned', node('a', { unschedulable: true }), {}, true],
    ['tainted', node('a', { taints: [taint] }), {}, true],
    ['tolerated', node('a', { taints: [taint] }), { tolerations: [{ operator: 'Exists' }] }, false],
    [
      'preferably not',
      node('a', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }),
      {},
      false,
    ],
    ['not selected', node('a'), { nodeSelector: { disk: 'fast' } }, true],
    [
      'for those with a priority',
      node('a', { unschedulable: true }),
      { priorityClassName: 'high' },
      false,
    ],
  ])('%s', (_, one, spec, short) => {
    expect(nodeShortage(wanted(1, spec), { nodes: [one], pods: [] }) !== undefined).toBe(short);
  });
});
