/** The types of core/v1, in the notation of ../schema-notation.ts. */

export const CORE = `
Affinity: nodeAffinity=NodeAffinity podAffinity=PodAffinity podAntiAffinity=PodAntiAffinity
AppArmorProfile: localhostProfile=string type!=string
AttachedVolume: devicePath!=string name!=string
Binding: apiVersion=string kind=string metadata=ObjectMeta target!=ObjectReference
Capabilities: add=[string] drop=[string]
ClaimSource: resourceClaimName=string resourceClaimTemplateName=string
ClientIPConfig: timeoutSeconds=int
ConfigMap: apiVersion=string binaryData={string} data={string} immutable=bool kind=string
  metadata=ObjectMeta
ConfigMapEnvSource: name=string optional=bool
ConfigMapKeySelector#: key!=string name=string optional=bool
ConfigMapNodeConfigSource: kubeletConfigKey!=string name!=string namespace!=string
  resourceVersion=string uid=string
Container: args=[string] command=[string] env=[EnvVar|name] envFrom=[EnvFromSource] image=string
  imagePullPolicy=string lifecycle=Lifecycle livenessProbe=Probe name!=string
  ports=[ContainerPort|containerPort,protocol] readinessProbe=Probe
  resizePolicy=[ContainerResizePolicy] resources=ResourceRequirements restartPolicy=string
  restartPolicyRules=[ContainerRestartRule] securityContext=SecurityContext startupProbe=Probe
  stdin=bool stdinOnce=bool terminationMessagePath=string terminationMessagePolicy=string tty=bool
  volumeDevices=[VolumeDevice|devicePath] volumeMounts=[VolumeMount|mountPath] workingDir=string
ContainerImage: names=[string] sizeBytes=long
ContainerPort: containerPort!=int hostIP=string hostPort=int name=string protocol=string
ContainerResizePolicy: resourceName!=string restartPolicy!=string
ContainerRestartRule: action!=string exitCodes=ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes: operator!=string values=[int|!=]
ContainerState: running=ContainerStateRunning terminated=ContainerStateTerminated
  waiting=ContainerStateWaiting
ContainerStateRunning: startedAt=time
ContainerStateTerminated: containerID=string exitCode!=int finishedAt=time message=string
  reason=string signal=int startedAt=time
ContainerStateWaiting: message=string reason=string
ContainerStatus: allocatedResources={quantity} allocatedResourcesStatus=[ResourceStatus|name]
  containerID=string image!=string imageID!=string lastState=ContainerState name!=string
  ready!=bool resources=ResourceRequirements restartCount!=int started=bool state=ContainerState
  stopSignal=string user=ContainerUser volumeMounts=[VolumeMountStatus]
ContainerUser: linux=LinuxContainerUser
DaemonEndpoint: Port!=int
DownwardAPIVolumeFile: fieldRef=ObjectFieldSelector mode=int path!=string
  resourceFieldRef=ResourceFieldSelector
EndpointAddress: hostname=string ip!=string nodeName=string targetRef=ObjectReference
EndpointPort: appProtocol=string name=string port!=int protocol=string
EndpointSubset: addresses=[EndpointAddress] notReadyAddresses=[EndpointAddress]
  ports=[EndpointPort]
Endpoints: apiVersion=string kind=string metadata=ObjectMeta subsets=[EndpointSubset]
EnvFromSource: configMapRef=ConfigMapEnvSource prefix=string secretRef=SecretEnvSource
EnvVar: name!=string value=string valueFrom=EnvVarSource
EnvVarSource: configMapKeyRef=ConfigMapKeySelector fieldRef=ObjectFieldSelector
  resourceFieldRef=ResourceFieldSelector secretKeyRef=SecretKeySelector
EphemeralContainer: args=[string] command=[string] env=[EnvVar|name] envFrom=[EnvFromSource]
  image=string imagePullPolicy=string lifecycle=Lifecycle livenessProbe=Probe name!=string
  ports=[ContainerPort] readinessProbe=Probe resizePolicy=[ContainerResizePolicy]
  resources=ResourceRequirements restartPolicy=string securityContext=SecurityContext
  startupProbe=Probe stdin=bool stdinOnce=bool targetContainerName=string
  terminationMessagePath=string terminationMessagePolicy=string tty=bool
  volumeDevices=[VolumeDevice|devicePath] volumeMounts=[VolumeMount|mountPath] workingDir=string
Event: action=string apiVersion=string count=int eventTime=micro firstTimestamp=time
  involvedObject!=ObjectReference kind=string lastTimestamp=time message=string
  metadata!=ObjectMeta reason=string related=ObjectReference reportingComponent=string
  reportingInstance=string series=EventSeries source=EventSource type=string
EventSeries: count=int lastObservedTime=micro
EventSource: component=string host=string
ExecAction: command=[string]
GRPCAction: port!=int service=string
HTTPGetAction: host=string httpHeaders=[HTTPHeader] path=string port!=intstr scheme=string
HTTPHeader: name!=string value!=string
HostAlias: hostnames=[string] ip=string
HostIP: ip=string
KeyToPath: key!=string mode=int path!=string
Lifecycle: postStart=LifecycleHandler preStop=LifecycleHandler stopSignal=string
LifecycleHandler: exec=ExecAction httpGet=HTTPGetAction sleep=SleepAction
  tcpSocket=TCPSocketAction
LimitRange: apiVersion=string kind=string metadata=ObjectMeta spec=LimitRangeSpec
LimitRangeItem: default={quantity} defaultRequest={quantity} max={quantity}
  maxLimitRequestRatio={quantity} min={quantity} type!=string
LimitRangeSpec: limits!=[LimitRangeItem]
LinuxContainerUser: gid!=long supplementalGroups=[long] uid!=long
LoadBalancerIngress: hostname=string ip=string ipMode=string ports=[PortStatus]
LoadBalancerStatus: ingress=[LoadBalancerIngress]
LocalObjectReference#: name=string
ModifyVolumeStatus: status!=string targetVolumeAttributesClassName=string
Namespace: apiVersion=string kind=string metadata=ObjectMeta spec=NamespaceSpec
  status=NamespaceStatus
NamespaceCondition: lastTransitionTime=time message=string reason=string status!=string
  type!=string
NamespaceSpec: finalizers=[string]
NamespaceStatus: conditions=[NamespaceCondition|type] phase=string
Node: apiVersion=string kind=string metadata=ObjectMeta spec=NodeSpec status=NodeStatus
NodeAddress: address!=string type!=string
NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution=[PreferredSchedulingTerm]
  requiredDuringSchedulingIgnoredDuringExecution=NodeSelector
NodeCondition: lastHeartbeatTime=time lastTransitionTime=time message=string reason=string
  status!=string type!=string
NodeConfigSource: configMap=ConfigMapNodeConfigSource
NodeConfigStatus: active=NodeConfigSource assigned=NodeConfigSource error=string
  lastKnownGood=NodeConfigSource
NodeDaemonEndpoints: kubeletEndpoint=DaemonEndpoint
NodeFeatures: supplementalGroupsPolicy=bool
NodeRuntimeHandler: features=NodeRuntimeHandlerFeatures name=string
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts=bool
NodeSelector#: nodeSelectorTerms!=[NodeSelectorTerm]
NodeSelectorRequirement: key!=string operator!=string values=[string]
NodeSelectorTerm#: matchExpressions=[NodeSelectorRequirement]
  matchFields=[NodeSelectorRequirement]
NodeSpec: configSource=NodeConfigSource externalID=string podCIDR=string podCIDRs=[string|=]
  providerID=string taints=[Taint] unschedulable=bool
NodeStatus: addresses=[NodeAddress|type] allocatable={quantity} capacity={quantity}
  conditions=[NodeCondition|type] config=NodeConfigStatus daemonEndpoints=NodeDaemonEndpoints
  features=NodeFeatures images=[ContainerImage] nodeInfo=NodeSystemInfo phase=string
  runtimeHandlers=[NodeRuntimeHandler] volumesAttached=[AttachedVolume] volumesInUse=[string]
NodeSystemInfo: architecture!=string bootID!=string containerRuntimeVersion!=string
  kernelVersion!=string kubeProxyVersion!=string kubeletVersion!=string machineID!=string
  operatingSystem!=string osImage!=string systemUUID!=string
ObjectFieldSelector#: apiVersion=string fieldPath!=string
ObjectReference#: apiVersion=string fieldPath=string kind=string name=string namespace=string
  resourceVersion=string uid=string
Pod: apiVersion=string kind=string metadata=ObjectMeta spec=PodSpec status=PodStatus
PodAffinity: preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]
  requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm]
PodAffinityTerm: labelSelector=LabelSelector matchLabelKeys=[string] mismatchLabelKeys=[string]
  namespaceSelector=LabelSelector namespaces=[string] topologyKey!=string
PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]
  requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm]
PodCondition: lastProbeTime=time lastTransitionTime=time message=string observedGeneration=long
  reason=string status!=string type!=string
PodDNSConfig: nameservers=[string] options=[PodDNSConfigOption] searches=[string]
PodDNSConfigOption: name=string value=string
PodIP: ip=string
PodOS: name!=string
PodReadinessGate: conditionType!=string
PodResourceClaim: name!=string source=ClaimSource
PodResourceClaimStatus: name!=string resourceClaimName=string
PodSchedulingGate: name!=string
PodSecurityContext: appArmorProfile=AppArmorProfile fsGroup=long fsGroupChangePolicy=string
  runAsGroup=long runAsNonRoot=bool runAsUser=long seLinuxChangePolicy=string
  seLinuxOptions=SELinuxOptions seccompProfile=SeccompProfile supplementalGroups=[int]
  supplementalGroupsPolicy=string sysctls=[Sysctl] windowsOptions=WindowsSecurityContextOptions
PodSpec: activeDeadlineSeconds=long affinity=Affinity automountServiceAccountToken=bool
  containers!=[Container|name] dnsConfig=PodDNSConfig dnsPolicy=string enableServiceLinks=bool
  ephemeralContainers=[EphemeralContainer|name] hostAliases=[HostAlias|ip] hostIPC=bool
  hostNetwork=bool hostPID=bool hostUsers=bool hostname=string hostnameOverride=string
  imagePullSecrets=[LocalObjectReference|name] initContainers=[Container|name] nodeName=string
  nodeSelector={string}# os=PodOS overhead={quantity} preemptionPolicy=string priority=int
  priorityClassName=string readinessGates=[PodReadinessGate]
  resourceClaims=[PodResourceClaim|name] resources=ResourceRequirements restartPolicy=string
  runtimeClassName=string schedulerName=string schedulingGates=[PodSchedulingGate|name]
  securityContext=PodSecurityContext serviceAccount=string serviceAccountName=string
  setHostnameAsFQDN=bool shareProcessNamespace=bool subdomain=string
  terminationGracePeriodSeconds=long tolerations=[Toleration]
  topologySpreadConstraints=[TopologySpreadConstraint|topologyKey,whenUnsatisfiable]
  volumes=[Volume|name]~
PodStatus: conditions=[PodCondition|type] containerStatuses=[ContainerStatus]
  ephemeralContainerStatuses=[ContainerStatus] hostIP=string hostIPs=[HostIP]
  initContainerStatuses=[ContainerStatus] message=string nominatedNodeName=string
  observedGeneration=long phase=string podIP=string podIPs=[PodIP|ip] qosClass=string
  reason=string resize=string resourceClaimStatuses=[PodResourceClaimStatus] startTime=time
PodTemplate: apiVersion=string kind=string metadata=ObjectMeta template=PodTemplateSpec
PodTemplateSpec: metadata=ObjectMeta spec=PodSpec
PortStatus: error=string port!=int protocol!=string
PreferredSchedulingTerm: preference!=NodeSelectorTerm weight!=int
Probe: exec=ExecAction failureThreshold=int grpc=GRPCAction httpGet=HTTPGetAction
  initialDelaySeconds=int periodSeconds=int successThreshold=int tcpSocket=TCPSocketAction
  terminationGracePeriodSeconds=int timeoutSeconds=int
ReplicationController: apiVersion=string kind=string metadata=ObjectMeta
  spec=ReplicationControllerSpec status=ReplicationControllerStatus
ReplicationControllerCondition: lastTransitionTime=time message=string reason=string
  status!=string type!=string
ReplicationControllerSpec: minReadySeconds=int replicas=int selector={string}
  template=PodTemplateSpec
ReplicationControllerStatus: availableReplicas=int
  conditions=[ReplicationControllerCondition|type] fullyLabeledReplicas=int
  observedGeneration=long readyReplicas=int replicas!=int
ResourceClaim: name!=string
ResourceFieldSelector#: containerName=string divisor=quantity resource!=string
ResourceHealth: health=string resourceID!=string
ResourceQuota: apiVersion=string kind=string metadata=ObjectMeta spec=ResourceQuotaSpec
  status=ResourceQuotaStatus
ResourceQuotaSpec: hard={quantity} scopeSelector=ScopeSelector scopes=[string]
ResourceQuotaStatus: hard={quantity} used={quantity}
ResourceRequirements: claims=[ResourceClaim] limits={quantity} requests={quantity}
ResourceStatus: name!=string resources=[ResourceHealth|resourceID]
SELinuxOptions: level=string role=string type=string user=string
ScopeSelector: matchExpressions=[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement: operator!=string scopeName!=string values=[string]
SeccompProfile: localhostProfile=string type!=string
Secret: apiVersion=string data={string} immutable=bool kind=string metadata=ObjectMeta
  stringData={string} type=string
SecretEnvSource: name=string optional=bool
SecretKeySelector#: key!=string name=string optional=bool
SecurityContext: allowPrivilegeEscalation=bool appArmorProfile=AppArmorProfile
  capabilities=Capabilities privileged=bool procMount=string readOnlyRootFilesystem=bool
  runAsGroup=long runAsNonRoot=bool runAsUser=long seLinuxOptions=SELinuxOptions
  seccompProfile=SeccompProfile windowsOptions=WindowsSecurityContextOptions
Service: apiVersion=string kind=string metadata=ObjectMeta spec=ServiceSpec status=ServiceStatus
ServiceAccount: apiVersion=string automountServiceAccountToken=bool
  imagePullSecrets=[LocalObjectReference] kind=string metadata=ObjectMeta
  secrets=[ObjectReference|name]
ServicePort: appProtocol=string name=string nodePort=int port!=int protocol=string
  targetPort=intstr
ServiceSpec: allocateLoadBalancerNodePorts=bool clusterIP=string clusterIPs=[string]
  externalIPs=[string] externalName=string externalTrafficPolicy=string healthCheckNodePort=int
  internalTrafficPolicy=string ipFamilies=[string] ipFamilyPolicy=string loadBalancerClass=string
  loadBalancerIP=string loadBalancerSourceRanges=[string] ports=[ServicePort|port,protocol]
  publishNotReadyAddresses=bool selector={string}# sessionAffinity=string
  sessionAffinityConfig=SessionAffinityConfig trafficDistribution=string type=string
ServiceStatus: conditions=[Condition|type] loadBalancer=LoadBalancerStatus
SessionAffinityConfig: clientIP=ClientIPConfig
SleepAction: seconds!=int
Sysctl: name!=string value!=string
TCPSocketAction: host=string port!=intstr
Taint: effect!=string key!=string timeAdded=time value=string
Toleration: effect=string key=string operator=string tolerationSeconds=long value=string
TopologySpreadConstraint: labelSelector=LabelSelector matchLabelKeys=[string] maxSkew!=int
  minDomains=int nodeAffinityPolicy=string nodeTaintsPolicy=string topologyKey!=string
  whenUnsatisfiable!=string
TypedLocalObjectReference#: apiGroup=string kind!=string name!=string
TypedObjectReference: apiGroup=string kind!=string name!=string namespace=string
Volume: awsElasticBlockStore=AWSElasticBlockStoreVolumeSource azureDisk=AzureDiskVolumeSource
  azureFile=AzureFileVolumeSource cephfs=CephFSVolumeSource cinder=CinderVolumeSource
  configMap=ConfigMapVolumeSource csi=CSIVolumeSource downwardAPI=DownwardAPIVolumeSource
  emptyDir=EmptyDirVolumeSource ephemeral=EphemeralVolumeSource fc=FCVolumeSource
  flexVolume=FlexVolumeSource flocker=FlockerVolumeSource
  gcePersistentDisk=GCEPersistentDiskVolumeSource gitRepo=GitRepoVolumeSource
  glusterfs=GlusterfsVolumeSource hostPath=HostPathVolumeSource image=ImageVolumeSource
  iscsi=ISCSIVolumeSource name!=string nfs=NFSVolumeSource
  persistentVolumeClaim=PersistentVolumeClaimVolumeSource
  photonPersistentDisk=PhotonPersistentDiskVolumeSource portworxVolume=PortworxVolumeSource
  projected=ProjectedVolumeSource quobyte=QuobyteVolumeSource rbd=RBDVolumeSource
  scaleIO=ScaleIOVolumeSource secret=SecretVolumeSource storageos=StorageOSVolumeSource
  vsphereVolume=VsphereVirtualDiskVolumeSource
VolumeDevice: devicePath!=string name!=string
VolumeMount: mountPath!=string mountPropagation=string name!=string readOnly=bool
  recursiveReadOnly=string subPath=string subPathExpr=string
VolumeMountStatus: mountPath!=string name!=string readOnly=bool recursiveReadOnly=string
VolumeResourceRequirements: limits={quantity} requests={quantity}
WeightedPodAffinityTerm: podAffinityTerm!=PodAffinityTerm weight!=int
WindowsSecurityContextOptions: gmsaCredentialSpec=string gmsaCredentialSpecName=string
  hostProcess=bool runAsUserName=string
`;
