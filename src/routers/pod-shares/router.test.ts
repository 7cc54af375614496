import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  defaulted,
  endpointSlice,
  NAMESPACE,
  service,
} from '../../testing/router-conformance-objects.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import { podShares } from './router.ts';

const scope = { namespace: NAMESPACE, services: ['web'], config: {}, rules: [] };
const objects = () => [service('web'), endpointSlice('web', [{ uid: 'a' }, { uid: 'b' }])];

describeRouter({
  router: podShares,
  scope,
  objects,
  defaulting: defaulted,
  accept: () => {},
  written: [],
  foreign: (object) => object,
  variations: fc.constant(objects()),
  edits: [],
  reverts: [],
  refused: [
    { name: 'missing', objects: [], field: 'Service web', says: 'does not exist' },
    {
      name: 'headless',
      objects: [service('web', { clusterIP: 'None' })],
      field: 'Service web',
      says: 'headless',
    },
    {
      name: 'pinned already',
      objects: [service('web', { selector: { app: 'web', 'pod-template-hash': 'a' } })],
      field: 'Service web',
      says: 'pod-template-hash',
    },
  ],
  writesMax: 0,
  skip: [
    {
      reason: 'it writes nothing that could go',
      tests: ['reads what is gone instead of throwing'],
    },
  ],
});

test('counts the ready pods behind the Service that has the fewest, and says when none is left', () => {
  const two = { ...scope, services: ['web', 'api'] };
  const intent = {
    ...two,
    route: 'Split' as const,
    weight: 20,
    stableHash: 'a',
    candidateHash: 'b',
    journal: {},
  };
  const slices = [endpointSlice('api', [{ uid: 'a' }, { uid: 'b', ready: false }])];
  const store = new ObjectStore([...objects(), service('api'), ...slices], defaulted);
  expect(podShares.observe(intent, store)).toMatchObject({
    accepted: true,
    weight: 20,
    endpoints: 1,
  });
  const gone = podShares.observe(intent, new ObjectStore([], defaulted));
  const message = 'Service web, api does not exist';
  expect(gone).toMatchObject({ missing: true, accepted: false, message });
});

test('pods that no Service leads to take work by themselves', () => {
  const scope = { namespace: NAMESPACE, services: [], config: {}, rules: [] };
  const intent = {
    ...scope,
    route: 'Split' as const,
    weight: 20,
    stableHash: 'a',
    candidateHash: 'b',
  };
  const reading = podShares.observe({ ...intent, journal: {} }, new ObjectStore([], defaulted));
  expect(reading).toMatchObject({ accepted: true, route: 'Split', weight: 20 });
  expect(reading).not.toHaveProperty('missing');
  expect(reading).not.toHaveProperty('endpoints');
  expect(podShares.check(scope, new ObjectStore([], defaulted))).toEqual([]);
});
