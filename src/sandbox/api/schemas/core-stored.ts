/** The types of core/v1 that are kept and not acted upon, in the notation of ../schema-notation.ts. */

export const CORE_STORED = `
CSIPersistentVolumeSource: 9controllerExpandSecretRef=SecretReference
  6controllerPublishSecretRef=SecretReference 1driver!=string 4fsType=string
  10nodeExpandSecretRef=SecretReference 8nodePublishSecretRef=SecretReference
  7nodeStageSecretRef=SecretReference 3readOnly=bool 5volumeAttributes={string}
  2volumeHandle!=string
LocalVolumeSource: 2fsType=string 1path!=string
PersistentVolume: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=PersistentVolumeSpec
  3status=PersistentVolumeStatus
PersistentVolumeSource: 3hostPath=HostPathVolumeSource 5nfs=NFSVolumeSource 10fc=FCVolumeSource
  20local=LocalVolumeSource 22csi=CSIPersistentVolumeSource
PersistentVolumeSpec: 3accessModes=[string] 1capacity={quantity} 4claimRef=ObjectReference
  7mountOptions=[string] 9nodeAffinity=VolumeNodeAffinity 5persistentVolumeReclaimPolicy=string
  6storageClassName=string 10volumeAttributesClassName=string 8volumeMode=string
  2*=PersistentVolumeSource hostPath=HostPathVolumeSource nfs=NFSVolumeSource fc=FCVolumeSource
  local=LocalVolumeSource csi=CSIPersistentVolumeSource awsElasticBlockStore=any azureDisk=any
  azureFile=any cephfs=any cinder=any flexVolume=any flocker=any gcePersistentDisk=any
  glusterfs=any iscsi=any photonPersistentDisk=any portworxVolume=any quobyte=any rbd=any
  scaleIO=any storageos=any vsphereVolume=any
PersistentVolumeStatus: 4lastPhaseTransitionTime=time 2message=string 1phase=string 3reason=string
PodTemplate: apiVersion=string kind=string 1metadata=ObjectMeta 2template=PodTemplateSpec
ReplicationController: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=ReplicationControllerSpec 3status=ReplicationControllerStatus
ReplicationControllerCondition: 3lastTransitionTime=time 5message=string 4reason=string
  2status!=string 1type!=string
ReplicationControllerSpec: 4minReadySeconds=int 1replicas=int 2selector={string}#
  3template=PodTemplateSpec
ReplicationControllerStatus: 5availableReplicas=int 6conditions=[ReplicationControllerCondition|type]
  2fullyLabeledReplicas=int 3observedGeneration=long 4readyReplicas=int 1replicas!=int
SecretReference#: 1name=string 2namespace=string
TopologySelectorLabelRequirement: 1key!=string 2values!=[string]
TopologySelectorTerm#: 1matchLabelExpressions=[TopologySelectorLabelRequirement]
VolumeNodeAffinity: 1required=NodeSelector
`;
