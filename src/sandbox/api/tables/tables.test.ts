import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import type { Fields } from '../schema.ts';
import { tableFor } from './builtin.ts';
import { customTable, jsonPath } from './custom.ts';
import { humanDuration } from './format.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function object(kind: string, content: Fields, metadata: Fields = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    ...content,
  };
}

function cells(storage: string, shown: KubeObject): unknown[] {
  return tableFor(storage).cells(shown, NOW);
}

const RUNNING = { ready: true, restartCount: 0, state: { running: {} } };

test.each([
  ['running', { phase: 'Running', containerStatuses: [RUNNING] }, ['1/1', 'Running', '0']],
  ['pending', { phase: 'Pending' }, ['0/1', 'Pending', '0']],
  [
    'crashing',
    {
      phase: 'Running',
      containerStatuses: [
        {
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { finishedAt: '2026-01-01T00:59:00Z' } },
        },
      ],
    },
    ['0/1', 'CrashLoopBackOff', '3 (60s ago)'],
  ],
  [
    'failed',
    {
      phase: 'Failed',
      containerStatuses: [{ restartCount: 0, state: { terminated: { exitCode: 2 } } }],
    },
    ['0/1', 'ExitCode:2', '0'],
  ],
  [
    'initializing',
    { phase: 'Pending', initContainerStatuses: [{ state: { running: {} } }] },
    ['0/1', 'Init:0/1', '0'],
  ],
])('a %s pod', (_what, status, wanted) => {
  const spec = { containers: [{}], initContainers: [{}] };
  expect(cells('/pods', object('Pod', { spec, status })).slice(1, 4)).toEqual(wanted);
});

test('a pod that is going is Terminating', () => {
  const pod = object(
    'Pod',
    { spec: { containers: [{}] }, status: { phase: 'Running' } },
    { deletionTimestamp: '2026-01-01T00:00:30Z' },
  );
  expect(cells('/pods', pod)[2]).toBe('Terminating');
});

test('deployments, services and events show what kubectl users look for', () => {
  const deployment = object('Deployment', {
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } } },
    status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 },
  });
  expect(cells('apps/deployments', deployment)).toEqual([
    'web',
    '2/3',
    3,
    2,
    '60m',
    '',
    '',
    'app=web',
  ]);
  const service = object('Service', {
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.0.9',
      ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
    },
  });
  expect(cells('/services', service).slice(1, 6)).toEqual([
    'NodePort',
    '10.96.0.9',
    '<none>',
    '80:30080/TCP',
    '60m',
  ]);
  const event = object('Event', {
    type: 'Warning',
    reason: 'Failed',
    message: 'no\n',
    involvedObject: { kind: 'Pod', name: 'web-1' },
    lastTimestamp: '2026-01-01T00:59:30Z',
  });
  expect(cells('/events', event)).toEqual([
    '30s',
    'Warning',
    'Failed',
    'pod/web-1',
    '',
    '',
    'no',
    '<unknown>',
    '1',
    'web',
  ]);
});

test.each([
  [5, '5s'],
  [119, '119s'],
  [150, '2m30s'],
  [3_600, '60m'],
  [4 * 3_600 + 120, '4h2m'],
  [30 * 3_600, '30h'],
  [3 * 86_400, '3d'],
  [800 * 86_400, '2y70d'],
])('%i seconds are %s', (seconds, text) => {
  expect(humanDuration(seconds)).toBe(text);
});

test('the columns of a CRD are read by their JSONPath', () => {
  const release = object('Release', {
    spec: { steps: [{ weight: 5 }, { weight: 50 }], 'odd.name': 'x' },
    status: { conditions: [{ type: 'Ready', status: 'False' }], at: '2026-01-01T00:59:00Z' },
  });
  const table = customTable([
    { name: 'Weight', type: 'integer', jsonPath: '.spec.steps[1].weight' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Weights', type: 'string', jsonPath: '.spec.steps[*].weight', priority: 1 },
    { name: 'Since', type: 'date', jsonPath: '.status.at' },
    { name: 'Gone', type: 'integer', jsonPath: '.status.nothing' },
  ]);
  expect(table.columns.map((column) => column.priority ?? 0)).toEqual([0, 0, 0, 1, 0, 0]);
  expect(table.cells(release, NOW)).toEqual(['web', 50, 'False', '5,50', '60s', null]);
  expect(jsonPath(String.raw`.spec['odd.name']`)(release)).toEqual(['x']);
  expect(jsonPath(String.raw`.spec.odd\.name`)(release)).toEqual(['x']);
});
