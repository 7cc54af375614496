/** The types of apps/v1, in the notation of ../schema-notation.ts. */

export const APPS = `
ControllerRevision: apiVersion=string 2data=any kind=string 1metadata=ObjectMeta 3revision!=long
DaemonSet: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=DaemonSetSpec
  3status=DaemonSetStatus
DaemonSetCondition: 3lastTransitionTime=time 5message=string 4reason=string 2status!=string
  1type!=string
DaemonSetSpec: 4minReadySeconds=int 6revisionHistoryLimit=int 1selector!=LabelSelector
  2template!=core.PodTemplateSpec 3updateStrategy=DaemonSetUpdateStrategy
DaemonSetStatus: 9collisionCount=int 10conditions=[DaemonSetCondition|type]
  1currentNumberScheduled!=int 3desiredNumberScheduled!=int 7numberAvailable=int
  2numberMisscheduled!=int 4numberReady!=int 8numberUnavailable=int 5observedGeneration=long
  6updatedNumberScheduled=int
DaemonSetUpdateStrategy: 2rollingUpdate=RollingUpdateDaemonSet 1type=string
Deployment: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=DeploymentSpec
  3status=DeploymentStatus
DeploymentCondition: 7lastTransitionTime=time 6lastUpdateTime=time 5message=string 4reason=string
  2status!=string 1type!=string
DeploymentSpec: 5minReadySeconds=int 7paused=bool 9progressDeadlineSeconds=int 1replicas=int
  6revisionHistoryLimit=int 2selector!=LabelSelector 4strategy=DeploymentStrategy~
  3template!=core.PodTemplateSpec
DeploymentStatus: 4availableReplicas=int 8collisionCount=int
  6conditions=[DeploymentCondition|type] 1observedGeneration=long 7readyReplicas=int 2replicas=int
  9terminatingReplicas=int 5unavailableReplicas=int 3updatedReplicas=int
DeploymentStrategy: 2rollingUpdate=RollingUpdateDeployment 1type=string
ReplicaSet: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=ReplicaSetSpec
  3status=ReplicaSetStatus
ReplicaSetCondition: 3lastTransitionTime=time 5message=string 4reason=string 2status!=string
  1type!=string
ReplicaSetSpec: 4minReadySeconds=int 1replicas=int 2selector!=LabelSelector
  3template=core.PodTemplateSpec
ReplicaSetStatus: 5availableReplicas=int 6conditions=[ReplicaSetCondition|type]
  2fullyLabeledReplicas=int 3observedGeneration=long 4readyReplicas=int 1replicas!=int
  7terminatingReplicas=int
RollingUpdateDaemonSet: 2maxSurge=intstr 1maxUnavailable=intstr
RollingUpdateDeployment: 2maxSurge=intstr 1maxUnavailable=intstr
RollingUpdateStatefulSetStrategy: 2maxUnavailable=intstr 1partition=int
StatefulSet: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=StatefulSetSpec
  3status=StatefulSetStatus
StatefulSetCondition: 3lastTransitionTime=time 5message=string 4reason=string 2status!=string
  1type!=string
StatefulSetOrdinals: 1start=int
StatefulSetPersistentVolumeClaimRetentionPolicy: 1whenDeleted=string 2whenScaled=string
StatefulSetSpec: 9minReadySeconds=int 11ordinals=StatefulSetOrdinals
  10persistentVolumeClaimRetentionPolicy=StatefulSetPersistentVolumeClaimRetentionPolicy
  6podManagementPolicy=string 1replicas=int 8revisionHistoryLimit=int 2selector!=LabelSelector
  5serviceName!=string 3template!=core.PodTemplateSpec 7updateStrategy=StatefulSetUpdateStrategy
  4volumeClaimTemplates=[core.PersistentVolumeClaim]
StatefulSetStatus: 11availableReplicas=int 9collisionCount=int
  10conditions=[StatefulSetCondition|type] 4currentReplicas=int 6currentRevision=string
  1observedGeneration=long 3readyReplicas=int 2replicas!=int 7updateRevision=string
  5updatedReplicas=int
StatefulSetUpdateStrategy: 2rollingUpdate=RollingUpdateStatefulSetStrategy 1type=string
`;
