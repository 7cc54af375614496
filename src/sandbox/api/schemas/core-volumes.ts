/** The types of volumes in core/v1, in the notation of ../schema-notation.ts. */

export const CORE_VOLUMES = `
AWSElasticBlockStoreVolumeSource: fsType=string partition=int readOnly=bool volumeID!=string
AzureDiskVolumeSource: cachingMode=string diskName!=string diskURI!=string fsType=string
  kind=string readOnly=bool
AzureFileVolumeSource: readOnly=bool secretName!=string shareName!=string
CSIVolumeSource: driver!=string fsType=string nodePublishSecretRef=LocalObjectReference
  readOnly=bool volumeAttributes={string}
CephFSVolumeSource: monitors!=[string] path=string readOnly=bool secretFile=string
  secretRef=LocalObjectReference user=string
CinderVolumeSource: fsType=string readOnly=bool secretRef=LocalObjectReference volumeID!=string
ClusterTrustBundleProjection: labelSelector=LabelSelector name=string optional=bool path!=string
  signerName=string
ConfigMapProjection: items=[KeyToPath] name=string optional=bool
ConfigMapVolumeSource: defaultMode=int items=[KeyToPath] name=string optional=bool
DownwardAPIProjection: items=[DownwardAPIVolumeFile]
DownwardAPIVolumeSource: defaultMode=int items=[DownwardAPIVolumeFile]
EmptyDirVolumeSource: medium=string sizeLimit=quantity
EphemeralVolumeSource: volumeClaimTemplate=PersistentVolumeClaimTemplate
FCVolumeSource: fsType=string lun=int readOnly=bool targetWWNs=[string] wwids=[string]
FlexVolumeSource: driver!=string fsType=string options={string} readOnly=bool
  secretRef=LocalObjectReference
FlockerVolumeSource: datasetName=string datasetUUID=string
GCEPersistentDiskVolumeSource: fsType=string partition=int pdName!=string readOnly=bool
GitRepoVolumeSource: directory=string repository!=string revision=string
GlusterfsVolumeSource: endpoints!=string path!=string readOnly=bool
HostPathVolumeSource: path!=string type=string
ISCSIVolumeSource: chapAuthDiscovery=bool chapAuthSession=bool fsType=string initiatorName=string
  iqn!=string iscsiInterface=string lun!=int portals=[string] readOnly=bool
  secretRef=LocalObjectReference targetPortal!=string
ImageVolumeSource: pullPolicy=string reference=string
NFSVolumeSource: path!=string readOnly=bool server!=string
PersistentVolumeClaim: apiVersion=string kind=string metadata=ObjectMeta
  spec=PersistentVolumeClaimSpec status=PersistentVolumeClaimStatus
PersistentVolumeClaimCondition: lastProbeTime=time lastTransitionTime=time message=string
  reason=string status!=string type!=string
PersistentVolumeClaimSpec: accessModes=[string] dataSource=TypedLocalObjectReference
  dataSourceRef=TypedObjectReference resources=VolumeResourceRequirements selector=LabelSelector
  storageClassName=string volumeAttributesClassName=string volumeMode=string volumeName=string
PersistentVolumeClaimStatus: accessModes=[string] allocatedResourceStatuses={string}
  allocatedResources={quantity} capacity={quantity}
  conditions=[PersistentVolumeClaimCondition|type] currentVolumeAttributesClassName=string
  modifyVolumeStatus=ModifyVolumeStatus phase=string
PersistentVolumeClaimTemplate: metadata=ObjectMeta spec!=PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource: claimName!=string readOnly=bool
PhotonPersistentDiskVolumeSource: fsType=string pdID!=string
PortworxVolumeSource: fsType=string readOnly=bool volumeID!=string
ProjectedVolumeSource: defaultMode=int sources=[VolumeProjection]
QuobyteVolumeSource: group=string readOnly=bool registry!=string tenant=string user=string
  volume!=string
RBDVolumeSource: fsType=string image!=string keyring=string monitors!=[string] pool=string
  readOnly=bool secretRef=LocalObjectReference user=string
ScaleIOVolumeSource: fsType=string gateway!=string protectionDomain=string readOnly=bool
  secretRef!=LocalObjectReference sslEnabled=bool storageMode=string storagePool=string
  system!=string volumeName=string
SecretProjection: items=[KeyToPath] name=string optional=bool
SecretVolumeSource: defaultMode=int items=[KeyToPath] optional=bool secretName=string
ServiceAccountTokenProjection: audience=string expirationSeconds=long path!=string
StorageOSVolumeSource: fsType=string readOnly=bool secretRef=LocalObjectReference
  volumeName=string volumeNamespace=string
VolumeProjection: clusterTrustBundle=ClusterTrustBundleProjection configMap=ConfigMapProjection
  downwardAPI=DownwardAPIProjection secret=SecretProjection
  serviceAccountToken=ServiceAccountTokenProjection
VsphereVirtualDiskVolumeSource: fsType=string storagePolicyID=string storagePolicyName=string
  volumePath!=string
`;
