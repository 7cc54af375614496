/** The types of volumes in core/v1, in the notation of ../schema-notation.ts. */

export const CORE_VOLUMES = `
AWSElasticBlockStoreVolumeSource: 2fsType=string 3partition=int 4readOnly=bool 1volumeID!=string
AzureDiskVolumeSource: 3cachingMode=string 1diskName!=string 2diskURI!=string 4fsType=string
  6kind=string 5readOnly=bool
AzureFileVolumeSource: 3readOnly=bool 1secretName!=string 2shareName!=string
CSIVolumeSource: 1driver!=string 3fsType=string 5nodePublishSecretRef=LocalObjectReference
  2readOnly=bool 4volumeAttributes={string}
CephFSVolumeSource: 1monitors!=[string] 2path=string 6readOnly=bool 4secretFile=string
  5secretRef=LocalObjectReference 3user=string
CinderVolumeSource: 2fsType=string 3readOnly=bool 4secretRef=LocalObjectReference
  1volumeID!=string
ClusterTrustBundleProjection: 3labelSelector=LabelSelector 1name=string 5optional=bool
  4path!=string 2signerName=string
ConfigMapProjection: 2items=[KeyToPath] name=string 4optional=bool 1*=LocalObjectReference
ConfigMapVolumeSource: 3defaultMode=int 2items=[KeyToPath] name=string 4optional=bool
  1*=LocalObjectReference
DownwardAPIProjection: 1items=[DownwardAPIVolumeFile]
DownwardAPIVolumeSource: 2defaultMode=int 1items=[DownwardAPIVolumeFile]
EmptyDirVolumeSource: 1medium=string 2sizeLimit=quantity
EphemeralVolumeSource: 1volumeClaimTemplate=PersistentVolumeClaimTemplate
FCVolumeSource: 3fsType=string 2lun=int 4readOnly=bool 1targetWWNs=[string] 5wwids=[string]
FlexVolumeSource: 1driver!=string 2fsType=string 5options={string} 4readOnly=bool
  3secretRef=LocalObjectReference
FlockerVolumeSource: 1datasetName=string 2datasetUUID=string
GCEPersistentDiskVolumeSource: 2fsType=string 3partition=int 1pdName!=string 4readOnly=bool
GitRepoVolumeSource: 3directory=string 1repository!=string 2revision=string
GlusterfsVolumeSource: 1endpoints!=string 2path!=string 3readOnly=bool
HostPathVolumeSource: 1path!=string 2type=string
ISCSIVolumeSource: 8chapAuthDiscovery=bool 11chapAuthSession=bool 5fsType=string
  12initiatorName=string 2iqn!=string 4iscsiInterface=string 3lun!=int 7portals=[string]
  6readOnly=bool 10secretRef=LocalObjectReference 1targetPortal!=string
ImageVolumeSource: 2pullPolicy=string 1reference=string
NFSVolumeSource: 2path!=string 3readOnly=bool 1server!=string
PersistentVolumeClaim: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=PersistentVolumeClaimSpec 3status=PersistentVolumeClaimStatus
PersistentVolumeClaimCondition: 3lastProbeTime=time 4lastTransitionTime=time 6message=string
  5reason=string 2status!=string 1type!=string
PersistentVolumeClaimSpec: 1accessModes=[string] 7dataSource=TypedLocalObjectReference
  8dataSourceRef=TypedObjectReference 2resources=VolumeResourceRequirements
  4selector=LabelSelector 5storageClassName=string 9volumeAttributesClassName=string
  6volumeMode=string 3volumeName=string
PersistentVolumeClaimStatus: 2accessModes=[string] 7allocatedResourceStatuses={string}
  5allocatedResources={quantity} 3capacity={quantity}
  4conditions=[PersistentVolumeClaimCondition|type] 8currentVolumeAttributesClassName=string
  9modifyVolumeStatus=ModifyVolumeStatus 1phase=string
PersistentVolumeClaimTemplate: 1metadata=ObjectMeta 2spec!=PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource: 1claimName!=string 2readOnly=bool
PhotonPersistentDiskVolumeSource: 2fsType=string 1pdID!=string
PortworxVolumeSource: 2fsType=string 3readOnly=bool 1volumeID!=string
ProjectedVolumeSource: 2defaultMode=int 1sources=[VolumeProjection]
QuobyteVolumeSource: 5group=string 3readOnly=bool 1registry!=string 6tenant=string 4user=string
  2volume!=string
RBDVolumeSource: 3fsType=string 2image!=string 6keyring=string 1monitors!=[string] 4pool=string
  8readOnly=bool 7secretRef=LocalObjectReference 5user=string
ScaleIOVolumeSource: 9fsType=string 1gateway!=string 5protectionDomain=string 10readOnly=bool
  3secretRef!=LocalObjectReference 4sslEnabled=bool 7storageMode=string 6storagePool=string
  2system!=string 8volumeName=string
SecretProjection: 2items=[KeyToPath] name=string 4optional=bool 1*=LocalObjectReference
SecretVolumeSource: 3defaultMode=int 2items=[KeyToPath] 4optional=bool 1secretName=string
ServiceAccountTokenProjection: 1audience=string 2expirationSeconds=long 3path!=string
StorageOSVolumeSource: 3fsType=string 4readOnly=bool 5secretRef=LocalObjectReference
  1volumeName=string 2volumeNamespace=string
VolumeProjection: 5clusterTrustBundle=ClusterTrustBundleProjection 3configMap=ConfigMapProjection
  2downwardAPI=DownwardAPIProjection 1secret=SecretProjection
  4serviceAccountToken=ServiceAccountTokenProjection
VolumeSource: 1hostPath=HostPathVolumeSource 2emptyDir=EmptyDirVolumeSource
  3gcePersistentDisk=GCEPersistentDiskVolumeSource
  4awsElasticBlockStore=AWSElasticBlockStoreVolumeSource 5gitRepo=GitRepoVolumeSource
  6secret=SecretVolumeSource 7nfs=NFSVolumeSource 8iscsi=ISCSIVolumeSource
  9glusterfs=GlusterfsVolumeSource 10persistentVolumeClaim=PersistentVolumeClaimVolumeSource
  11rbd=RBDVolumeSource 12flexVolume=FlexVolumeSource 13cinder=CinderVolumeSource
  14cephfs=CephFSVolumeSource 15flocker=FlockerVolumeSource 16downwardAPI=DownwardAPIVolumeSource
  17fc=FCVolumeSource 18azureFile=AzureFileVolumeSource 19configMap=ConfigMapVolumeSource
  20vsphereVolume=VsphereVirtualDiskVolumeSource 21quobyte=QuobyteVolumeSource
  22azureDisk=AzureDiskVolumeSource 23photonPersistentDisk=PhotonPersistentDiskVolumeSource
  26projected=ProjectedVolumeSource 24portworxVolume=PortworxVolumeSource
  25scaleIO=ScaleIOVolumeSource 27storageos=StorageOSVolumeSource 28csi=CSIVolumeSource
  29ephemeral=EphemeralVolumeSource 30image=ImageVolumeSource
VsphereVirtualDiskVolumeSource: 2fsType=string 4storagePolicyID=string 3storagePolicyName=string
  1volumePath!=string
`;
