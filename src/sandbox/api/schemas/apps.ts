/** The types of apps/v1, in the notation of ../schema-notation.ts. */

export const APPS = `
ControllerRevision: apiVersion=string data=any kind=string metadata=ObjectMeta revision!=long
DaemonSet: apiVersion=string kind=string metadata=ObjectMeta spec=DaemonSetSpec
  status=DaemonSetStatus
DaemonSetCondition: lastTransitionTime=time message=string reason=string status!=string
  type!=string
DaemonSetSpec: minReadySeconds=int revisionHistoryLimit=int selector!=LabelSelector
  template!=core.PodTemplateSpec updateStrategy=DaemonSetUpdateStrategy
DaemonSetStatus: collisionCount=int conditions=[DaemonSetCondition|type]
  currentNumberScheduled!=int desiredNumberScheduled!=int numberAvailable=int
  numberMisscheduled!=int numberReady!=int numberUnavailable=int observedGeneration=long
  updatedNumberScheduled=int
DaemonSetUpdateStrategy: rollingUpdate=RollingUpdateDaemonSet type=string
Deployment: apiVersion=string kind=string metadata=ObjectMeta spec=DeploymentSpec
  status=DeploymentStatus
DeploymentCondition: lastTransitionTime=time lastUpdateTime=time message=string reason=string
  status!=string type!=string
DeploymentSpec: minReadySeconds=int paused=bool progressDeadlineSeconds=int replicas=int
  revisionHistoryLimit=int selector!=LabelSelector strategy=DeploymentStrategy~
  template!=core.PodTemplateSpec
DeploymentStatus: availableReplicas=int collisionCount=int conditions=[DeploymentCondition|type]
  observedGeneration=long readyReplicas=int replicas=int terminatingReplicas=int
  unavailableReplicas=int updatedReplicas=int
DeploymentStrategy: rollingUpdate=RollingUpdateDeployment type=string
ReplicaSet: apiVersion=string kind=string metadata=ObjectMeta spec=ReplicaSetSpec
  status=ReplicaSetStatus
ReplicaSetCondition: lastTransitionTime=time message=string reason=string status!=string
  type!=string
ReplicaSetSpec: minReadySeconds=int replicas=int selector!=LabelSelector
  template=core.PodTemplateSpec
ReplicaSetStatus: availableReplicas=int conditions=[ReplicaSetCondition|type]
  fullyLabeledReplicas=int observedGeneration=long readyReplicas=int replicas!=int
  terminatingReplicas=int
RollingUpdateDaemonSet: maxSurge=intstr maxUnavailable=intstr
RollingUpdateDeployment: maxSurge=intstr maxUnavailable=intstr
RollingUpdateStatefulSetStrategy: maxUnavailable=intstr partition=int
StatefulSet: apiVersion=string kind=string metadata=ObjectMeta spec=StatefulSetSpec
  status=StatefulSetStatus
StatefulSetCondition: lastTransitionTime=time message=string reason=string status!=string
  type!=string
StatefulSetOrdinals: start=int
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted=string whenScaled=string
StatefulSetSpec: minReadySeconds=int ordinals=StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy=StatefulSetPersistentVolumeClaimRetentionPolicy
  podManagementPolicy=string replicas=int revisionHistoryLimit=int selector!=LabelSelector
  serviceName!=string template!=core.PodTemplateSpec updateStrategy=StatefulSetUpdateStrategy
  volumeClaimTemplates=[core.PersistentVolumeClaim]
StatefulSetStatus: availableReplicas=int collisionCount=int conditions=[StatefulSetCondition|type]
  currentReplicas=int currentRevision=string observedGeneration=long readyReplicas=int
  replicas!=int updateRevision=string updatedReplicas=int
StatefulSetUpdateStrategy: rollingUpdate=RollingUpdateStatefulSetStrategy type=string
`;
