/** Custom resources: defined, filled with defaults, pruned, validated, scaled, and gone. */
import { del, get, patch, post, put } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/diff.example.com/v1/namespaces/diff-custom/widgets';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 9 },
        color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        replicas: { type: 'integer', default: 1 },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' } } },
  },
};
const definition = {
  metadata: { name: 'widgets.diff.example.com' },
  spec: {
    group: 'diff.example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
};
function widget(name: string, spec: Record<string, unknown>) {
  return { apiVersion: 'diff.example.com/v1', kind: 'Widget', metadata: { name }, spec };
}
const merge = (body: unknown) => ({ type: 'merge' as const, body });
const W = `${WIDGETS}/one`;

describeGroup('custom', [
  get('not served yet', WIDGETS),
  post('define', DEFINITIONS, definition, { unchecked: true }),
  get('served', WIDGETS, { until: (at) => at('kind') === 'WidgetList' }),
  get('discovered', '/apis/diff.example.com/v1', {
    until: (at) => at('resources.2') !== undefined,
    except: ['body.resources[0].storageVersionHash'],
  }),
  post('create', WIDGETS, widget('one', { size: 3 })),
  post('create again', WIDGETS, widget('one', { size: 3 })),
  post('unknown fields go', WIDGETS, widget('two', { size: 1, other: 1, free: { any: 1 } }), {
    except: ['headers.warning'],
  }),
  post('too small', WIDGETS, widget('bad', { size: 0 })),
  post('too large', WIDGETS, widget('bad', { size: 10 })),
  post('another color', WIDGETS, widget('bad', { size: 1, color: 'green' })),
  post('a wrong type', WIDGETS, widget('bad', { size: 'x' })),
  post('nothing required', WIDGETS, widget('bad', {})),
  post('a bad pattern', WIDGETS, widget('bad', { size: 1, name: 'A1' })),
  post('another version', WIDGETS, {
    ...widget('bad', { size: 1 }),
    apiVersion: 'diff.example.com/v2',
  }),
  get('get', W),
  get('list', WIDGETS),
  put('replace without version', W, widget('one', { size: 4 })),
  patch('merge', W, merge({ spec: { size: 5 } })),
  patch('merge the bad', W, merge({ spec: { size: 50 } })),
  patch('strategic', W, { type: 'strategic', body: {} }, { only: ['status', 'body.reason'] }),
  patch('status', `${W}/status`, merge({ status: { replicas: 1 }, spec: { size: 9 } })),
  patch('status without status', W, merge({ status: { replicas: 7 } })),
  get('scale', `${W}/scale`),
  patch('scale up', `${W}/scale`, merge({ spec: { replicas: 3 } })),
  get('scaled', W),
  del('delete', W),
  get('by field', WIDGETS, { query: { fieldSelector: 'spec.size=1' } }),
  del('delete the definition', `${DEFINITIONS}/widgets.diff.example.com`, undefined, {
    unchecked: true,
  }),
  get('served no more', WIDGETS, { until: (at) => at('kind') === undefined, only: ['status'] }),
]);
