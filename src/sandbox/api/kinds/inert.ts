/** Kinds that the sandbox keeps and nothing in it acts upon: told to whoever makes one. */

/** What does not happen, by storage. */
const NOTHING_HAPPENS: Record<string, string> = {
  '/replicationcontrollers': 'no pods are made of them',
  'batch/cronjobs': 'no Jobs are started by their schedule (kubectl create job --from starts one)',
  'autoscaling/horizontalpodautoscalers': 'nothing is scaled by them',
  'networking.k8s.io/ingresses': 'nothing is routed by them; HTTPRoutes are',
  'networking.k8s.io/networkpolicies': 'no traffic is held back by them',
  '/persistentvolumes': 'no claim is bound to them',
  '/persistentvolumeclaims': 'they are bound at once, to volumes that hold nothing',
  '/limitranges': 'no limits are set or refused by them',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': 'no webhook is called',
  'admissionregistration.k8s.io/validatingwebhookconfigurations': 'no webhook is called',
  'admissionregistration.k8s.io/validatingadmissionpolicies': 'no policy is evaluated',
};

/** Undefined for kinds that something acts upon, or that are complete by being there. */
export function inertNote({ storage, plural }: { storage: string; plural: string }) {
  const nothing = NOTHING_HAPPENS[storage];
  return nothing === undefined ? undefined : `the sandbox only keeps ${plural}: ${nothing}`;
}
