/** StatefulSets and DaemonSets as objects: defaults, what may change, and what is refused. */
import { get, patch, post, put } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const APPS = '/apis/apps/v1/namespaces/diff-sets';
const STATEFUL = `${APPS}/statefulsets`;
const DAEMONS = `${APPS}/daemonsets`;

const merge = (body: unknown) => ({ type: 'merge' as const, body });
const labels = { app: 'x' };
const container = { name: 'app', image: 'example.com/app:1' };

function made(kind: string, name: string, spec: Record<string, unknown>, pod = {}) {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], ...pod } },
      ...spec,
    },
  };
}
const stateful = (name: string, spec: Record<string, unknown> = {}, pod = {}) =>
  made('StatefulSet', name, { serviceName: 'peers', replicas: 0, ...spec }, pod);
const daemon = (name: string, spec: Record<string, unknown> = {}, pod = {}) =>
  made('DaemonSet', name, spec, { nodeSelector: { none: 'here' }, ...pod });
const NO_STATUS = { except: ['body.status'] };
const badSet = (id: string, spec: Record<string, unknown>, pod = {}) =>
  post(`${id} of a StatefulSet`, STATEFUL, stateful('bad', spec, pod));
const badDaemon = (id: string, spec: Record<string, unknown>, pod = {}) =>
  post(`${id} of a DaemonSet`, DAEMONS, daemon('bad', spec, pod));
const claim = (name: string) => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const revision = (more: Record<string, unknown>) => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name: 'one' },
  ...more,
});

describeGroup('sets', [
  post('a StatefulSet', STATEFUL, stateful('set'), NO_STATUS),
  post(
    'one on delete',
    STATEFUL,
    stateful('hand', { updateStrategy: { type: 'OnDelete' } }),
    NO_STATUS,
  ),
  post(
    'a parallel one',
    STATEFUL,
    stateful('wide', { podManagementPolicy: 'Parallel' }),
    NO_STATUS,
  ),
  post(
    'one that may miss several',
    STATEFUL,
    stateful('gated', { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } }),
    NO_STATUS,
  ),
  get('its status', `${STATEFUL}/set`, {
    until: (at) => at('status.observedGeneration') === 1,
    except: ['body.status.currentRevision', 'body.status.updateRevision'],
  }),
  get('its scale', `${STATEFUL}/set/scale`),
  patch('scaled', `${STATEFUL}/set/scale`, merge({ spec: { replicas: 1 } })),
  patch('scaled below nothing', `${STATEFUL}/set`, merge({ spec: { replicas: -1 } })),
  patch('another Service', `${STATEFUL}/set`, merge({ spec: { serviceName: 'else' } })),
  patch('a shorter history', `${STATEFUL}/set`, merge({ spec: { revisionHistoryLimit: 1 } })),
  badSet('a bad policy', { podManagementPolicy: 'Backwards' }),
  badSet('a bad strategy', { updateStrategy: { type: 'Slowly' } }),
  badSet('a rolling update on delete', {
    updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } },
  }),
  badSet('a negative partition', { updateStrategy: { rollingUpdate: { partition: -1 } } }),
  badSet('no selector', { selector: undefined }),
  badSet('an empty selector', { selector: {} }),
  badSet('another selector', { selector: { matchLabels: { app: 'y' } } }),
  badSet('restart never', {}, { restartPolicy: 'Never' }),
  badSet('a deadline', {}, { activeDeadlineSeconds: 5 }),
  post(
    'one with claims',
    STATEFUL,
    stateful(
      'kept',
      { volumeClaimTemplates: [claim('data')] },
      { containers: [{ ...container, volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
    ),
    NO_STATUS,
  ),
  post('a DaemonSet', DAEMONS, daemon('agent'), NO_STATUS),
  get('its status too', `${DAEMONS}/agent`, {
    until: (at) => at('status.observedGeneration') === 1,
  }),
  patch(
    'a new template',
    `${DAEMONS}/agent`,
    merge({ spec: { template: { metadata: { annotations: { a: 'b' } } } } }),
    NO_STATUS,
  ),
  patch(
    'a count of templates by hand',
    `${DAEMONS}/agent`,
    merge({ metadata: { annotations: { note: 'x' } }, spec: { minReadySeconds: 3 } }),
    NO_STATUS,
  ),
  patch(
    'its selector',
    `${DAEMONS}/agent`,
    merge({ spec: { selector: { matchLabels: { b: 'c' } } } }),
  ),
  put(
    'its selector, replaced',
    `${DAEMONS}/agent`,
    daemon('agent', { selector: { matchLabels: { b: 'c' } } }),
  ),
  post(
    'one on delete, too',
    DAEMONS,
    daemon('hand', { updateStrategy: { type: 'OnDelete' } }),
    NO_STATUS,
  ),
  badDaemon('a bad strategy', { updateStrategy: { type: 'Slowly' } }),
  badDaemon('nothing unavailable', { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
  badDaemon('too much unavailable', {
    updateStrategy: { rollingUpdate: { maxUnavailable: '101%' } },
  }),
  badDaemon('a bad percentage', { updateStrategy: { rollingUpdate: { maxUnavailable: 'x' } } }),
  badDaemon('no selector', { selector: undefined }),
  badDaemon('an empty selector', { selector: {} }),
  badDaemon('restart never', {}, { restartPolicy: 'Never' }),
  badDaemon('a negative history', { revisionHistoryLimit: -1 }),
  badDaemon('a deadline', {}, { activeDeadlineSeconds: 5 }),
  post('a revision', `${APPS}/controllerrevisions`, revision({ data: { a: 1 }, revision: 1 })),
  patch('raised', `${APPS}/controllerrevisions/one`, merge({ revision: 5 })),
  patch('rewritten', `${APPS}/controllerrevisions/one`, merge({ data: { a: 2 } })),
  post('one of nothing', `${APPS}/controllerrevisions`, revision({ revision: 1 })),
  post('a negative one', `${APPS}/controllerrevisions`, revision({ data: {}, revision: -1 })),
]);
