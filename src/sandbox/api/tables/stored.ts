/** The columns of kinds that the sandbox keeps, and that nothing in it acts upon. */
import type { KubeObject } from '../../../api/object.ts';
import type { TableShape } from '../resource.ts';
import { asText, fieldsAt, listAt, textAt, valueAt } from '../schema.ts';
import { age, labelsText, orNone } from './format.ts';
import { containersOf, count, table } from './shape.ts';

const ACCESS_MODES: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(object: KubeObject, member: string): string {
  const modes = listAt(object, member, 'accessModes').map((mode) => ACCESS_MODES[String(mode)]);
  return modes.filter((mode) => mode !== undefined).join(',');
}

/** `cpu: 0/2, pods: 1/4`, of the limits or of everything else. */
function quotaCell(quota: KubeObject, isLimit: boolean): string {
  const used = fieldsAt(quota, 'status', 'used');
  return Object.entries(fieldsAt(quota, 'status', 'hard'))
    .filter(([name]) => name.startsWith('limits.') === isLimit)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${asText(used[name] ?? 0)}/${asText(hard)}`)
    .join(', ');
}

const WEBHOOKS = table('Name, Webhooks#, Age', (o, now) => [
  o.metadata.name,
  listAt(o, 'webhooks').length,
  age(o, now),
]);

const VOLUME_CELLS = (o: KubeObject) => ({
  mode: textAt(o, 'spec', 'volumeMode'),
  storageClass: textAt(o, 'spec', 'storageClassName'),
  attributes: textAt(o, 'spec', 'volumeAttributesClassName') || '<unset>',
});

export const STORED_KINDS: Record<string, TableShape> = {
  '/replicationcontrollers': table(
    'Name, Desired#, Current#, Ready#, Age, Containers*, Images*, Selector*',
    (o, now) => [
      o.metadata.name,
      count(o, 'spec', 'replicas'),
      count(o, 'status', 'replicas'),
      count(o, 'status', 'readyReplicas'),
      age(o, now),
      containersOf(o, 'name'),
      containersOf(o, 'image'),
      labelsText(valueAt(o, 'spec', 'selector')),
    ],
  ),
  '/podtemplates': table('Name, Containers, Images, Pod Labels', (o) => {
    const nested = { ...o, spec: { template: o['template'] } };
    return [
      o.metadata.name,
      containersOf(nested, 'name'),
      containersOf(nested, 'image'),
      labelsText(valueAt(o, 'template', 'metadata', 'labels')),
    ];
  }),
  '/resourcequotas': table('Name, Request, Limit, Age', (o, now) => [
    o.metadata.name,
    quotaCell(o, false),
    quotaCell(o, true),
    age(o, now),
  ]),
  '/limitranges': table('Name, Created At', (o) => [o.metadata.name, o.metadata.creationTimestamp]),
  '/persistentvolumes': table(
    'Name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode*',
    (o, now) => {
      const { mode, storageClass, attributes } = VOLUME_CELLS(o);
      const claim = fieldsAt(o, 'spec', 'claimRef');
      return [
        o.metadata.name,
        asText(valueAt(o, 'spec', 'capacity', 'storage')),
        accessModes(o, 'spec'),
        textAt(o, 'spec', 'persistentVolumeReclaimPolicy'),
        o.metadata.deletionTimestamp === undefined ? textAt(o, 'status', 'phase') : 'Terminating',
        claim['name'] === undefined ? '' : `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}`,
        storageClass,
        attributes,
        textAt(o, 'status', 'reason'),
        age(o, now),
        mode,
      ];
    },
  ),
  '/persistentvolumeclaims': table(
    'Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode*',
    (o, now) => {
      const { mode, storageClass, attributes } = VOLUME_CELLS(o);
      const isBound = textAt(o, 'spec', 'volumeName') !== '';
      return [
        o.metadata.name,
        o.metadata.deletionTimestamp === undefined ? textAt(o, 'status', 'phase') : 'Terminating',
        textAt(o, 'spec', 'volumeName'),
        isBound ? asText(valueAt(o, 'status', 'capacity', 'storage')) : '',
        isBound ? accessModes(o, 'status') : '',
        storageClass,
        attributes,
        age(o, now),
        mode,
      ];
    },
  ),
  'storage.k8s.io/storageclasses': table(
    'Name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age',
    (o, now) => [
      isDefaultClass(o) ? `${o.metadata.name} (default)` : o.metadata.name,
      textAt(o, 'provisioner'),
      textAt(o, 'reclaimPolicy') || 'Delete',
      textAt(o, 'volumeBindingMode') || 'Immediate',
      valueAt(o, 'allowVolumeExpansion') === true,
      age(o, now),
    ],
  ),
  'scheduling.k8s.io/priorityclasses': table(
    'Name, Value#, Global-Default, Age, PreemptionPolicy',
    (o, now) => [
      o.metadata.name,
      count(o, 'value'),
      valueAt(o, 'globalDefault') === true,
      age(o, now),
      textAt(o, 'preemptionPolicy'),
    ],
  ),
  'node.k8s.io/runtimeclasses': table('Name, Handler, Age', (o, now) => [
    o.metadata.name,
    textAt(o, 'handler'),
    age(o, now),
  ]),
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': WEBHOOKS,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': WEBHOOKS,
  'admissionregistration.k8s.io/validatingadmissionpolicies': table(
    'Name, Validations#, ParamKind, Age',
    (o, now) => {
      const kind = fieldsAt(o, 'spec', 'paramKind');
      return [
        o.metadata.name,
        listAt(o, 'spec', 'validations').length,
        kind['kind'] === undefined
          ? '<unset>'
          : `${textAt(kind, 'apiVersion')}/${textAt(kind, 'kind')}`,
        age(o, now),
      ];
    },
  ),
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': table(
    'Name, PolicyName, ParamRef, Age',
    (o, now) => [
      o.metadata.name,
      textAt(o, 'spec', 'policyName'),
      orNone(textAt(o, 'spec', 'paramRef', 'name')).replace('<none>', '<unset>'),
      age(o, now),
    ],
  ),
};

function isDefaultClass({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
}
