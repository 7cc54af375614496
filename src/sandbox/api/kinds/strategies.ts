/** What is particular to the built-in kinds on their way into the store. */
import type { KubeObject } from '../../../api/object.ts';
import {
  setAdmissionPolicyDefaults,
  setBindingDefaults,
  setEndpointSliceDefaults,
  setEndpointsDefaults,
  setEventDefaults,
  setNamespaceDefaults,
  setNetworkPolicyDefaults,
  setSecretDefaults,
  setServiceDefaults,
  setWebhookDefaults,
} from '../defaults/network.ts';
import { ensure, fill } from '../defaults/fill.ts';
import { admitPod, setPodDefaults, setTemplateDefaults } from '../defaults/pod.ts';
import {
  countTemplates,
  dropGated,
  giveJobSelector,
  setAutoscalerDefaults,
  setCronJobDefaults,
  setDaemonSetDefaults,
  setDeploymentDefaults,
  setJobDefaults,
  setReplicaSetDefaults,
  setReplicationControllerDefaults,
  setStatefulSetDefaults,
} from '../defaults/workloads.ts';
import type { Strategy } from '../resource.ts';
import { clone, type Fields } from '../schema.ts';
import {
  validateAutoscaler,
  validateBinding,
  validateBindingUpdate,
  validateBudget,
  validateData,
  validateDataUpdate,
  validateEvent,
  validateLease,
  validatePriorityUpdate,
  validateRole,
} from '../validation/access.ts';
import { validateCronJob } from '../validation/cron.ts';
import {
  validateEndpoints,
  validateEndpointSlice,
  validateEndpointSliceUpdate,
  validateIngress,
} from '../validation/network.ts';
import { validatePod, validatePodUpdate } from '../validation/pod.ts';
import {
  keepSelector,
  validateDeployment,
  validateJob,
  validateJobUpdate,
  validateWorkload,
} from '../validation/workloads.ts';
import {
  validateDaemonSet,
  validateRevision,
  validateRevisionUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from '../validation/sets.ts';
import { validateReplicaCounts } from '../validation/status.ts';
import { validateQuota } from '../validation/quota.ts';

/** A first status, as the real server writes it for structs that are never left out. */
function startsWith(status: Fields): (object: KubeObject) => void {
  return (object) => {
    object['status'] = clone(status);
  };
}

/** Keeps a status from being empty. */
function keepsStatus(status: Fields, setDefaults?: (object: KubeObject) => void): Strategy {
  return {
    prepareCreate: startsWith(status),
    setDefaults: (object) => {
      setDefaults?.(object);
      object['status'] ??= clone(status);
    },
  };
}

const NOTHING_SCHEDULED = {
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
};

/** Of kinds that are served in a second shape, by group version and plural. */
export const CONVERTED_STRATEGIES: Record<string, Strategy> = {
  'autoscaling/v1/horizontalpodautoscalers': keepsStatus(
    { currentReplicas: 0, desiredReplicas: 0 },
    (autoscaler) => fill(ensure(autoscaler, 'spec'), { minReplicas: 1 }),
  ),
};

export const STRATEGIES: Record<string, Strategy> = {
  '/namespaces': {
    setDefaults: setNamespaceDefaults,
    prepareCreate: (namespace) => {
      namespace['spec'] = { finalizers: ['kubernetes'] };
      namespace['status'] = { phase: 'Active' };
    },
    prepareUpdate: (namespace, old) => {
      namespace['spec'] = old['spec'];
    },
  },
  // A kubelet registers its node with the status in it.
  '/nodes': {
    setDefaults: (node) => {
      node['spec'] ??= {};
      node['status'] ??= {};
    },
  },
  '/pods': {
    setDefaults: setPodDefaults,
    prepareCreate: admitPod,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
  },
  '/services': { ...keepsStatus({ loadBalancer: {} }, setServiceDefaults) },
  '/endpoints': { setDefaults: setEndpointsDefaults, validate: validateEndpoints },
  '/configmaps': { validate: validateData, validateUpdate: validateDataUpdate },
  '/secrets': {
    setDefaults: setSecretDefaults,
    validate: validateData,
    validateUpdate: validateDataUpdate,
  },
  '/events': { setDefaults: setEventDefaults, validate: validateEvent },
  '/resourcequotas': { ...keepsStatus({}), validate: validateQuota },
  '/persistentvolumeclaims': keepsStatus({ phase: 'Pending' }, (claim) => {
    fill(ensure(claim, 'spec'), { volumeMode: 'Filesystem' });
  }),
  '/persistentvolumes': keepsStatus({ phase: 'Pending' }, (volume) => {
    fill(ensure(volume, 'spec'), {
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: 'Retain',
    });
  }),
  '/replicationcontrollers': keepsStatus({ replicas: 0 }, setReplicationControllerDefaults),
  '/podtemplates': { setDefaults: (object) => setTemplateDefaults(object) },
  'storage.k8s.io/storageclasses': {
    setDefaults: (object) =>
      fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  },
  'scheduling.k8s.io/priorityclasses': {
    setDefaults: (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
    validateUpdate: validatePriorityUpdate,
  },
  'apps/deployments': {
    ...keepsStatus({}, setDeploymentDefaults),
    validate: validateDeployment,
    validateUpdate: keepSelector,
    validateStatus: validateReplicaCounts,
  },
  'apps/replicasets': {
    ...keepsStatus({ replicas: 0 }, setReplicaSetDefaults),
    validate: validateWorkload,
    validateUpdate: keepSelector,
    validateStatus: validateReplicaCounts,
  },
  'apps/statefulsets': {
    ...keepsStatus({ availableReplicas: 0, replicas: 0 }, (set) => {
      setStatefulSetDefaults(set);
      // These counts are told also where they are zero.
      fill(ensure(set, 'status'), { availableReplicas: 0, replicas: 0 });
    }),
    prepareCreate: (set) => {
      dropGated(set);
      set['status'] = { availableReplicas: 0, replicas: 0 };
    },
    prepareUpdate: dropGated,
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
    validateStatus: validateReplicaCounts,
  },
  'apps/controllerrevisions': {
    validate: validateRevision,
    validateUpdate: validateRevisionUpdate,
  },
  'apps/daemonsets': {
    ...keepsStatus(NOTHING_SCHEDULED, setDaemonSetDefaults),
    prepareCreate: (set) => {
      countTemplates(set);
      set['status'] = clone(NOTHING_SCHEDULED);
    },
    prepareUpdate: countTemplates,
    validate: validateDaemonSet,
    validateUpdate: keepSelector,
  },
  'autoscaling/horizontalpodautoscalers': {
    ...keepsStatus({ currentMetrics: null, desiredReplicas: 0 }, setAutoscalerDefaults),
    validate: validateAutoscaler,
  },
  'batch/jobs': {
    ...keepsStatus({}, setJobDefaults),
    prepareCreate: (job) => {
      giveJobSelector(job);
      job['status'] = {};
    },
    validate: validateJob,
    validateUpdate: validateJobUpdate,
  },
  'batch/cronjobs': { ...keepsStatus({}, setCronJobDefaults), validate: validateCronJob },
  'discovery.k8s.io/endpointslices': {
    setDefaults: setEndpointSliceDefaults,
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
  },
  'policy/poddisruptionbudgets': {
    ...keepsStatus({
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    }),
    validate: validateBudget,
  },
  'networking.k8s.io/ingresses': {
    ...keepsStatus({ loadBalancer: {} }),
    validate: validateIngress,
  },
  'networking.k8s.io/networkpolicies': { setDefaults: setNetworkPolicyDefaults },
  'rbac.authorization.k8s.io/roles': { validate: validateRole },
  'rbac.authorization.k8s.io/clusterroles': { validate: validateRole },
  'rbac.authorization.k8s.io/rolebindings': {
    setDefaults: setBindingDefaults,
    validate: validateBinding,
    validateUpdate: validateBindingUpdate,
  },
  'rbac.authorization.k8s.io/clusterrolebindings': {
    setDefaults: setBindingDefaults,
    validate: validateBinding,
    validateUpdate: validateBindingUpdate,
  },
  'coordination.k8s.io/leases': { validate: validateLease },
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': { setDefaults: setWebhookDefaults },
  'admissionregistration.k8s.io/validatingwebhookconfigurations': {
    setDefaults: setWebhookDefaults,
  },
  'admissionregistration.k8s.io/validatingadmissionpolicies': {
    ...keepsStatus({}, setAdmissionPolicyDefaults),
  },
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': {
    setDefaults: setAdmissionPolicyDefaults,
  },
};
