/** What the types and fields that people write most are for, told by `kubectl explain`. */

/** `Type: …` and `Type.field: …`; `*.field` of every type that says nothing itself. */
const LINES = `
*.apiVersion: Group and version of this kind of object, such as apps/v1.
*.kind: Which kind of object this is.
*.metadata: Name, labels, annotations and what the server notes of the object.
*.spec: What is wanted.
*.status: What was observed last. Controllers write it.
ConfigMap: Settings as names and values, for pods to read.
ConfigMap.data: Texts by name.
ConfigMap.immutable: Once true, the values cannot be changed any more.
Container: One program of a pod.
Container.args: Arguments; the image's own when left out.
Container.command: The program; the image's own entry point when left out.
Container.env: Environment variables, by name.
Container.image: Name and version of the image.
Container.livenessProbe: When this fails, the container is started anew.
Container.name: Unique within the pod.
Container.ports: Ports the program listens on. For information; names can be used by Services.
Container.readinessProbe: While this fails, Services send no traffic to the pod.
Container.resources: What the container asks for at least and may use at most.
Container.startupProbe: Until this has passed once, the other probes wait.
CronJob: Starts a Job by a schedule.
CronJobSpec.schedule: Minute, hour, day of the month, month, day of the week.
Deployment: Keeps a number of equal pods running and replaces them step by step when their template changes.
DeploymentSpec.minReadySeconds: How long a new pod has to be ready without a break before it counts as available.
DeploymentSpec.paused: While true, a changed template is not rolled out.
DeploymentSpec.progressDeadlineSeconds: After so long without progress the rollout is reported as failed.
DeploymentSpec.replicas: How many pods are wanted; 1 when left out.
DeploymentSpec.revisionHistoryLimit: How many old ReplicaSets are kept to go back to.
DeploymentSpec.selector: Which pods are its own. Has to match the labels of the template, and does not change.
DeploymentSpec.strategy: How old pods are replaced by new ones.
DeploymentSpec.template: What its pods look like.
DeploymentStatus.availableReplicas: Pods that have been ready for minReadySeconds.
DeploymentStatus.observedGeneration: The generation this status speaks of.
DeploymentStatus.readyReplicas: Pods that are ready.
DeploymentStatus.updatedReplicas: Pods of the present template.
DeploymentStrategy.rollingUpdate: How far a rolling update may go at once.
DeploymentStrategy.type: RollingUpdate (the default) or Recreate.
EndpointSlice: Addresses of the pods behind a Service.
Event: Something that happened to an object.
HorizontalPodAutoscaler: Changes the number of pods of a workload by what is measured.
Ingress: Routes HTTP from outside to Services.
Job: Runs pods until enough of them have ended well.
JobSpec.backoffLimit: How often failed pods are replaced before the Job has failed.
JobSpec.completions: How many pods have to end well.
JobSpec.parallelism: How many pods run at once.
LabelSelector.matchExpressions: Conditions on labels, all of which have to hold.
LabelSelector.matchLabels: Labels and their values, all of which have to match.
Namespace: A room of its own for names.
NetworkPolicy: Which traffic pods may have.
Node: A machine that runs pods.
NodeSpec.taints: Keeps away pods that do not tolerate it.
NodeSpec.unschedulable: While true, no new pods are placed here.
ObjectMeta.annotations: Notes for tools and people; not for selecting.
ObjectMeta.deletionTimestamp: When it is to be gone. Set by the server when it is deleted.
ObjectMeta.finalizers: Who has something to do before it may go.
ObjectMeta.generateName: Beginning of a name the server completes.
ObjectMeta.generation: Counts the changes of what is wanted.
ObjectMeta.labels: Names and values to select objects by.
ObjectMeta.managedFields: Who set which fields, for server-side apply.
ObjectMeta.name: Unique for the kind within the namespace; does not change.
ObjectMeta.namespace: The namespace it is in.
ObjectMeta.ownerReferences: Objects it belongs to; it is deleted after the last of them.
ObjectMeta.resourceVersion: Changes with every write. A write that names an old one is refused.
ObjectMeta.uid: Unique over all objects there ever were.
Pod: Containers that run together on one node and share an address.
PodDisruptionBudget: How many pods may be taken away at once on purpose.
PodDisruptionBudgetSpec.maxUnavailable: So many, or such a share, may be missing.
PodDisruptionBudgetSpec.minAvailable: So many, or such a share, have to stay.
PodSpec.containers: The programs of the pod.
PodSpec.initContainers: Programs that run one after the other before the containers.
PodSpec.nodeName: The node it runs on; set when it is placed.
PodSpec.nodeSelector: Labels a node has to have.
PodSpec.restartPolicy: Always (the default), OnFailure or Never.
PodSpec.serviceAccountName: Whose rights its programs have.
PodSpec.terminationGracePeriodSeconds: How long programs have to end after they were told to; 30 when left out.
PodSpec.tolerations: Taints of nodes that do not keep it away.
PodSpec.volumes: Storage that containers can mount.
PodStatus.conditions: What holds for the pod now: PodScheduled, Initialized, ContainersReady, Ready.
PodStatus.phase: Pending, Running, Succeeded, Failed or Unknown.
ReplicaSet: Keeps a number of equal pods running. Deployments make these; one is seldom made by hand.
ReplicaSetSpec.replicas: How many pods are wanted.
Role: What may be done with which kinds of one namespace.
RoleBinding: Gives somebody the rights of a role.
RollingUpdateDeployment.maxSurge: How many pods may be there beyond the wanted number, or which share.
RollingUpdateDeployment.maxUnavailable: How many pods may be missing, or which share.
Secret: Data that is not for everybody, for pods to read.
Secret.data: Values by name, in base64.
Secret.stringData: Values by name as texts; written into data.
Service: One address for a changing set of pods.
ServiceAccount: Who a program is to the API server.
ServicePort.port: Where the Service listens.
ServicePort.targetPort: Number or name of the pods' port; the same as port when left out.
ServiceSpec.clusterIP: Its address in the cluster; None makes it headless.
ServiceSpec.ports: What it listens on and where that leads.
ServiceSpec.selector: Labels of the pods behind it.
ServiceSpec.type: ClusterIP (the default), NodePort, LoadBalancer or ExternalName.
StatefulSet: Pods with steady names and storage of their own.
DaemonSet: One pod on every node.
`;

export const DESCRIPTIONS: ReadonlyMap<string, string> = new Map(
  LINES.trim()
    .split('\n')
    .map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
);

function shortName(typeName: string): string {
  return typeName.slice(typeName.indexOf('.') + 1);
}

export function typeDescription(typeName: string): string | undefined {
  return DESCRIPTIONS.get(shortName(typeName));
}

/** @param typeName of the type that has the field: `apps.DeploymentSpec`. */
export function fieldDescription(typeName: string, field: string): string | undefined {
  return DESCRIPTIONS.get(`${shortName(typeName)}.${field}`) ?? DESCRIPTIONS.get(`*.${field}`);
}
