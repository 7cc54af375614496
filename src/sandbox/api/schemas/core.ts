/** The types of core/v1, in the notation of ../schema-notation.ts. */

export const CORE = `
Affinity: 1nodeAffinity=NodeAffinity 2podAffinity=PodAffinity 3podAntiAffinity=PodAntiAffinity
AppArmorProfile: 2localhostProfile=string 1type!=string
AttachedVolume: 2devicePath!=string 1name!=string
Binding: apiVersion=string kind=string 1metadata=ObjectMeta 2target!=ObjectReference
Capabilities: 1add=[string] 2drop=[string]
ClientIPConfig: 1timeoutSeconds=int
ConfigMap: apiVersion=string 3binaryData={bytes} 2data={string} 4immutable=bool kind=string
  1metadata=ObjectMeta
ConfigMapEnvSource: name=string 2optional=bool 1*=LocalObjectReference
ConfigMapKeySelector#: 2key!=string name=string 3optional=bool 1*=LocalObjectReference
ConfigMapNodeConfigSource: 5kubeletConfigKey!=string 2name!=string 1namespace!=string
  4resourceVersion=string 3uid=string
Container: 4args=[string] 3command=[string] 7env=[EnvVar|name] 19envFrom=[EnvFromSource]
  2image=string 14imagePullPolicy=string 12lifecycle=Lifecycle 10livenessProbe=Probe 1name!=string
  6ports=[ContainerPort|containerPort,protocol] 11readinessProbe=Probe
  23resizePolicy=[ContainerResizePolicy] 8resources=ResourceRequirements 24restartPolicy=string
  25restartPolicyRules=[ContainerRestartRule] 15securityContext=SecurityContext
  22startupProbe=Probe 16stdin=bool 17stdinOnce=bool 13terminationMessagePath=string
  20terminationMessagePolicy=string 18tty=bool 21volumeDevices=[VolumeDevice|devicePath]
  9volumeMounts=[VolumeMount|mountPath] 5workingDir=string
ContainerImage: 1names=[string] 2sizeBytes=long
ContainerPort: 3containerPort!=int 5hostIP=string 2hostPort=int 1name=string 4protocol=string:TCP
ContainerResizePolicy: 1resourceName!=string 2restartPolicy!=string
ContainerRestartRule: 1action!=string 2exitCodes=ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes: 1operator!=string 2values=[int|!=]
ContainerState: 2running=ContainerStateRunning 3terminated=ContainerStateTerminated
  1waiting=ContainerStateWaiting
ContainerStateRunning: 1startedAt=time
ContainerStateTerminated: 7containerID=string 1exitCode!=int 6finishedAt=time 4message=string
  3reason=string 2signal=int 5startedAt=time
ContainerStateWaiting: 2message=string 1reason=string
ContainerStatus: 10allocatedResources={quantity} 14allocatedResourcesStatus=[ResourceStatus|name]
  8containerID=string 6image!=string 7imageID!=string 3lastState=ContainerState 1name!=string
  4ready!=bool 11resources=ResourceRequirements 5restartCount!=int 9started=bool
  2state=ContainerState 15stopSignal=string 13user=ContainerUser
  12volumeMounts=[VolumeMountStatus]
ContainerUser: 1linux=LinuxContainerUser
DaemonEndpoint: 1Port!=int
DownwardAPIVolumeFile: 2fieldRef=ObjectFieldSelector 4mode=int 1path!=string
  3resourceFieldRef=ResourceFieldSelector
EndpointAddress: 3hostname=string 1ip!=string 4nodeName=string 2targetRef=ObjectReference
EndpointPort: 4appProtocol=string 1name=string 2port!=int 3protocol=string
EndpointSubset: 1addresses=[EndpointAddress] 2notReadyAddresses=[EndpointAddress]
  3ports=[EndpointPort]
Endpoints: apiVersion=string kind=string 1metadata=ObjectMeta 2subsets=[EndpointSubset]
EnvFromSource: 2configMapRef=ConfigMapEnvSource 1prefix=string 3secretRef=SecretEnvSource
EnvVar: 1name!=string 2value=string 3valueFrom=EnvVarSource
EnvVarSource: 3configMapKeyRef=ConfigMapKeySelector 1fieldRef=ObjectFieldSelector
  2resourceFieldRef=ResourceFieldSelector 4secretKeyRef=SecretKeySelector
EphemeralContainer: args=[string] command=[string] env=[EnvVar|name] envFrom=[EnvFromSource]
  image=string imagePullPolicy=string lifecycle=Lifecycle livenessProbe=Probe name!=string
  ports=[ContainerPort] readinessProbe=Probe resizePolicy=[ContainerResizePolicy]
  resources=ResourceRequirements restartPolicy=string securityContext=SecurityContext
  startupProbe=Probe stdin=bool stdinOnce=bool 2targetContainerName=string
  terminationMessagePath=string terminationMessagePolicy=string tty=bool
  volumeDevices=[VolumeDevice|devicePath] volumeMounts=[VolumeMount|mountPath] workingDir=string
  1*=EphemeralContainerCommon
EphemeralContainerCommon: 1name!=string 2image=string 3command=[string] 4args=[string]
  5workingDir=string 6ports=[ContainerPort] 19envFrom=[EnvFromSource] 7env=[EnvVar|name]
  8resources=ResourceRequirements 23resizePolicy=[ContainerResizePolicy] 24restartPolicy=string
  9volumeMounts=[VolumeMount|mountPath] 21volumeDevices=[VolumeDevice|devicePath]
  10livenessProbe=Probe 11readinessProbe=Probe 22startupProbe=Probe 12lifecycle=Lifecycle
  13terminationMessagePath=string 20terminationMessagePolicy=string 14imagePullPolicy=string
  15securityContext=SecurityContext 16stdin=bool 17stdinOnce=bool 18tty=bool
Event: 12action=string apiVersion=string 8count=int 10eventTime=micro 6firstTimestamp=time
  2involvedObject!=ObjectReference kind=string 7lastTimestamp=time 4message=string
  1metadata!=ObjectMeta 3reason=string 13related=ObjectReference 14reportingComponent=string
  15reportingInstance=string 11series=EventSeries 5source=EventSource 9type=string
EventSeries: 1count=int 2lastObservedTime=micro
EventSource: 1component=string 2host=string
ExecAction: 1command=[string]
GRPCAction: 1port!=int 2service=string
HTTPGetAction: 3host=string 5httpHeaders=[HTTPHeader] 1path=string 2port!=intstr 4scheme=string
HTTPHeader: 1name!=string 2value!=string
HostAlias: 2hostnames=[string] 1ip=string
HostIP: 1ip=string
KeyToPath: 1key!=string 3mode=int 2path!=string
Lifecycle: 1postStart=LifecycleHandler 2preStop=LifecycleHandler 3stopSignal=string
LifecycleHandler: 1exec=ExecAction 2httpGet=HTTPGetAction 4sleep=SleepAction
  3tcpSocket=TCPSocketAction
LimitRange: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=LimitRangeSpec
LimitRangeItem: 4default={quantity} 5defaultRequest={quantity} 2max={quantity}
  6maxLimitRequestRatio={quantity} 3min={quantity} 1type!=string
LimitRangeSpec: 1limits!=[LimitRangeItem]
LinuxContainerUser: 2gid!=long 3supplementalGroups=[long] 1uid!=long
LoadBalancerIngress: 2hostname=string 1ip=string 3ipMode=string 4ports=[PortStatus]
LoadBalancerStatus: 1ingress=[LoadBalancerIngress]
LocalObjectReference#: 1name=string
ModifyVolumeStatus: 2status!=string 1targetVolumeAttributesClassName=string
Namespace: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=NamespaceSpec
  3status=NamespaceStatus
NamespaceCondition: 4lastTransitionTime=time 6message=string 5reason=string 2status!=string
  1type!=string
NamespaceSpec: 1finalizers=[string]
NamespaceStatus: 2conditions=[NamespaceCondition|type] 1phase=string
Node: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=NodeSpec 3status=NodeStatus
NodeAddress: 2address!=string 1type!=string
NodeAffinity: 2preferredDuringSchedulingIgnoredDuringExecution=[PreferredSchedulingTerm]
  1requiredDuringSchedulingIgnoredDuringExecution=NodeSelector
NodeCondition: 3lastHeartbeatTime=time 4lastTransitionTime=time 6message=string 5reason=string
  2status!=string 1type!=string
NodeConfigSource: 2configMap=ConfigMapNodeConfigSource
NodeConfigStatus: 2active=NodeConfigSource 1assigned=NodeConfigSource 4error=string
  3lastKnownGood=NodeConfigSource
NodeDaemonEndpoints: 1kubeletEndpoint=DaemonEndpoint
NodeFeatures: 1supplementalGroupsPolicy=bool
NodeRuntimeHandler: 2features=NodeRuntimeHandlerFeatures 1name=string
NodeRuntimeHandlerFeatures: 1recursiveReadOnlyMounts=bool
NodeSelector#: 1nodeSelectorTerms!=[NodeSelectorTerm]
NodeSelectorRequirement: 1key!=string 2operator!=string 3values=[string]
NodeSelectorTerm#: 1matchExpressions=[NodeSelectorRequirement]
  2matchFields=[NodeSelectorRequirement]
NodeSpec: 6configSource=NodeConfigSource 2externalID=string 1podCIDR=string 7podCIDRs=[string|=]
  3providerID=string 5taints=[Taint] 4unschedulable=bool
NodeStatus: 5addresses=[NodeAddress|type] 2allocatable={quantity} 1capacity={quantity}
  4conditions=[NodeCondition|type] 11config=NodeConfigStatus 6daemonEndpoints=NodeDaemonEndpoints
  13features=NodeFeatures 8images=[ContainerImage] 7nodeInfo=NodeSystemInfo 3phase=string
  12runtimeHandlers=[NodeRuntimeHandler] 10volumesAttached=[AttachedVolume] 9volumesInUse=[string]
NodeSystemInfo: 10architecture!=string 3bootID!=string 6containerRuntimeVersion!=string
  4kernelVersion!=string 8kubeProxyVersion!=string 7kubeletVersion!=string 1machineID!=string
  9operatingSystem!=string 5osImage!=string 2systemUUID!=string
ObjectFieldSelector#: 1apiVersion=string 2fieldPath!=string
ObjectReference#: 5apiVersion=string 7fieldPath=string 1kind=string 3name=string 2namespace=string
  6resourceVersion=string 4uid=string
Pod: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=PodSpec 3status=PodStatus
PodAffinity: 2preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]
  1requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm]
PodAffinityTerm: 1labelSelector=LabelSelector 5matchLabelKeys=[string] 6mismatchLabelKeys=[string]
  4namespaceSelector=LabelSelector 2namespaces=[string] 3topologyKey!=string
PodAntiAffinity: 2preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]
  1requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm]
PodCondition: 3lastProbeTime=time 4lastTransitionTime=time 6message=string
  7observedGeneration=long 5reason=string 2status!=string 1type!=string
PodDNSConfig: 1nameservers=[string] 3options=[PodDNSConfigOption] 2searches=[string]
PodDNSConfigOption: 1name=string 2value=string
PodIP: 1ip=string
PodOS: 1name!=string
PodReadinessGate: 1conditionType!=string
PodResourceClaim: 1name!=string 3resourceClaimName=string 4resourceClaimTemplateName=string
PodResourceClaimStatus: 1name!=string 2resourceClaimName=string
PodSchedulingGate: 1name!=string
PodSecurityContext: 11appArmorProfile=AppArmorProfile 5fsGroup=long 9fsGroupChangePolicy=string
  6runAsGroup=long 3runAsNonRoot=bool 2runAsUser=long 13seLinuxChangePolicy=string
  1seLinuxOptions=SELinuxOptions 10seccompProfile=SeccompProfile 4supplementalGroups=[int]
  12supplementalGroupsPolicy=string 7sysctls=[Sysctl]
  8windowsOptions=WindowsSecurityContextOptions
PodSpec: 5activeDeadlineSeconds=long 18affinity=Affinity 21automountServiceAccountToken=bool
  2containers!=[Container|name] 26dnsConfig=PodDNSConfig 6dnsPolicy=string
  30enableServiceLinks=bool 34ephemeralContainers=[EphemeralContainer|name]
  23hostAliases=[HostAlias|ip] 13hostIPC=bool 11hostNetwork=bool 12hostPID=bool 37hostUsers=bool
  16hostname=string 41hostnameOverride=string 15imagePullSecrets=[LocalObjectReference|name]
  20initContainers=[Container|name] 10nodeName=string 7nodeSelector={string}# 36os=PodOS
  32overhead={quantity} 31preemptionPolicy=string 25priority=int 24priorityClassName=string
  28readinessGates=[PodReadinessGate] 39resourceClaims=[PodResourceClaim|name]
  40resources=ResourceRequirements 3restartPolicy=string 29runtimeClassName=string
  19schedulerName=string 38schedulingGates=[PodSchedulingGate|name]
  14securityContext=PodSecurityContext 9serviceAccount=string 8serviceAccountName=string
  35setHostnameAsFQDN=bool 27shareProcessNamespace=bool 17subdomain=string
  4terminationGracePeriodSeconds=long 22tolerations=[Toleration]
  33topologySpreadConstraints=[TopologySpreadConstraint|topologyKey,whenUnsatisfiable]
  1volumes=[Volume|name]~
PodStatus: 2conditions=[PodCondition|type] 8containerStatuses=[ContainerStatus]
  13ephemeralContainerStatuses=[ContainerStatus] 5hostIP=string 16hostIPs=[HostIP]
  10initContainerStatuses=[ContainerStatus] 3message=string 11nominatedNodeName=string
  17observedGeneration=long 1phase=string 6podIP=string 12podIPs=[PodIP|ip] 9qosClass=string
  4reason=string 14resize=string 15resourceClaimStatuses=[PodResourceClaimStatus] 7startTime=time
PodTemplateSpec: 1metadata=ObjectMeta 2spec=PodSpec
PortStatus: 3error=string 1port!=int 2protocol!=string
PreferredSchedulingTerm: 2preference!=NodeSelectorTerm 1weight!=int
Probe: exec=ExecAction 6failureThreshold=int grpc=GRPCAction httpGet=HTTPGetAction
  2initialDelaySeconds=int 4periodSeconds=int 5successThreshold=int tcpSocket=TCPSocketAction
  7terminationGracePeriodSeconds=int 3timeoutSeconds=int 1*=ProbeHandler
ProbeHandler: 1exec=ExecAction 2httpGet=HTTPGetAction 3tcpSocket=TCPSocketAction 4grpc=GRPCAction
ResourceClaim: 1name!=string
ResourceFieldSelector#: 1containerName=string 3divisor=quantity 2resource!=string
ResourceHealth: 2health=string 1resourceID!=string
ResourceQuota: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=ResourceQuotaSpec
  3status=ResourceQuotaStatus
ResourceQuotaSpec: 1hard={quantity} 3scopeSelector=ScopeSelector 2scopes=[string]
ResourceQuotaStatus: 1hard={quantity} 2used={quantity}
ResourceRequirements: 3claims=[ResourceClaim] 1limits={quantity} 2requests={quantity}
ResourceStatus: 1name!=string 2resources=[ResourceHealth|resourceID]
SELinuxOptions: 4level=string 2role=string 3type=string 1user=string
ScopeSelector: 1matchExpressions=[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement: 2operator!=string 1scopeName!=string 3values=[string]
SeccompProfile: 2localhostProfile=string 1type!=string
Secret: apiVersion=string 2data={bytes} 5immutable=bool kind=string 1metadata=ObjectMeta
  4stringData={string} 3type=string
SecretEnvSource: name=string 2optional=bool 1*=LocalObjectReference
SecretKeySelector#: 2key!=string name=string 3optional=bool 1*=LocalObjectReference
SecurityContext: 7allowPrivilegeEscalation=bool 12appArmorProfile=AppArmorProfile
  1capabilities=Capabilities 2privileged=bool 9procMount=string 6readOnlyRootFilesystem=bool
  8runAsGroup=long 5runAsNonRoot=bool 4runAsUser=long 3seLinuxOptions=SELinuxOptions
  11seccompProfile=SeccompProfile 10windowsOptions=WindowsSecurityContextOptions
Service: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=ServiceSpec
  3status=ServiceStatus
ServiceAccount: apiVersion=string 4automountServiceAccountToken=bool
  3imagePullSecrets=[LocalObjectReference] kind=string 1metadata=ObjectMeta
  2secrets=[ObjectReference|name]
ServicePort: 6appProtocol=string 1name=string 5nodePort=int 3port!=int 2protocol=string:TCP
  4targetPort=intstr
ServiceSpec: 20allocateLoadBalancerNodePorts=bool 3clusterIP=string 18clusterIPs=[string]
  5externalIPs=[string] 10externalName=string 11externalTrafficPolicy=string
  12healthCheckNodePort=int 22internalTrafficPolicy=string 19ipFamilies=[string]
  17ipFamilyPolicy=string 21loadBalancerClass=string 8loadBalancerIP=string
  9loadBalancerSourceRanges=[string] 1ports=[ServicePort|port,protocol]
  13publishNotReadyAddresses=bool 2selector={string}# 7sessionAffinity=string
  14sessionAffinityConfig=SessionAffinityConfig 23trafficDistribution=string 4type=string
ServiceStatus: 2conditions=[Condition|type] 1loadBalancer=LoadBalancerStatus
SessionAffinityConfig: 1clientIP=ClientIPConfig
SleepAction: 1seconds!=int
Sysctl: 1name!=string 2value!=string
TCPSocketAction: 2host=string 1port!=intstr
Taint: 3effect!=string 1key!=string 4timeAdded=time 2value=string
Toleration: 4effect=string 1key=string 2operator=string 5tolerationSeconds=long 3value=string
TopologySpreadConstraint: 4labelSelector=LabelSelector 8matchLabelKeys=[string] 1maxSkew!=int
  5minDomains=int 6nodeAffinityPolicy=string 7nodeTaintsPolicy=string 2topologyKey!=string
  3whenUnsatisfiable!=string
TypedLocalObjectReference#: 1apiGroup=string 2kind!=string 3name!=string
TypedObjectReference: 1apiGroup=string 2kind!=string 3name!=string 4namespace=string
Volume: awsElasticBlockStore=AWSElasticBlockStoreVolumeSource azureDisk=AzureDiskVolumeSource
  azureFile=AzureFileVolumeSource cephfs=CephFSVolumeSource cinder=CinderVolumeSource
  configMap=ConfigMapVolumeSource csi=CSIVolumeSource downwardAPI=DownwardAPIVolumeSource
  emptyDir=EmptyDirVolumeSource ephemeral=EphemeralVolumeSource fc=FCVolumeSource
  flexVolume=FlexVolumeSource flocker=FlockerVolumeSource
  gcePersistentDisk=GCEPersistentDiskVolumeSource gitRepo=GitRepoVolumeSource
  glusterfs=GlusterfsVolumeSource hostPath=HostPathVolumeSource image=ImageVolumeSource
  iscsi=ISCSIVolumeSource 1name!=string nfs=NFSVolumeSource
  persistentVolumeClaim=PersistentVolumeClaimVolumeSource
  photonPersistentDisk=PhotonPersistentDiskVolumeSource portworxVolume=PortworxVolumeSource
  projected=ProjectedVolumeSource quobyte=QuobyteVolumeSource rbd=RBDVolumeSource
  scaleIO=ScaleIOVolumeSource secret=SecretVolumeSource storageos=StorageOSVolumeSource
  vsphereVolume=VsphereVirtualDiskVolumeSource 2*=VolumeSource
VolumeDevice: 2devicePath!=string 1name!=string
VolumeMount: 3mountPath!=string 5mountPropagation=string 1name!=string 2readOnly=bool
  7recursiveReadOnly=string 4subPath=string 6subPathExpr=string
VolumeMountStatus: 2mountPath!=string 1name!=string 3readOnly=bool 4recursiveReadOnly=string
VolumeResourceRequirements: 1limits={quantity} 2requests={quantity}
WeightedPodAffinityTerm: 2podAffinityTerm!=PodAffinityTerm 1weight!=int
WindowsSecurityContextOptions: 2gmsaCredentialSpec=string 1gmsaCredentialSpecName=string
  4hostProcess=bool 3runAsUserName=string
`;
