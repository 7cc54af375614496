/** The types of networking.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const NETWORKING = `
HTTPIngressPath: backend!=IngressBackend path=string pathType!=string
HTTPIngressRuleValue: paths!=[HTTPIngressPath]
IPBlock: cidr!=string except=[string]
Ingress: apiVersion=string kind=string metadata=ObjectMeta spec=IngressSpec status=IngressStatus
IngressBackend: resource=core.TypedLocalObjectReference service=IngressServiceBackend
IngressClass: apiVersion=string kind=string metadata=ObjectMeta spec=IngressClassSpec
IngressClassParametersReference: apiGroup=string kind!=string name!=string namespace=string
  scope=string
IngressClassSpec: controller=string parameters=IngressClassParametersReference
IngressLoadBalancerIngress: hostname=string ip=string ports=[IngressPortStatus]
IngressLoadBalancerStatus: ingress=[IngressLoadBalancerIngress]
IngressPortStatus: error=string port!=int protocol!=string
IngressRule: host=string http=HTTPIngressRuleValue
IngressServiceBackend: name!=string port=ServiceBackendPort
IngressSpec: defaultBackend=IngressBackend ingressClassName=string rules=[IngressRule]
  tls=[IngressTLS]
IngressStatus: loadBalancer=IngressLoadBalancerStatus
IngressTLS: hosts=[string] secretName=string
NetworkPolicy: apiVersion=string kind=string metadata=ObjectMeta spec=NetworkPolicySpec
NetworkPolicyEgressRule: ports=[NetworkPolicyPort] to=[NetworkPolicyPeer]
NetworkPolicyIngressRule: from=[NetworkPolicyPeer] ports=[NetworkPolicyPort]
NetworkPolicyPeer: ipBlock=IPBlock namespaceSelector=LabelSelector podSelector=LabelSelector
NetworkPolicyPort: endPort=int port=intstr protocol=string
NetworkPolicySpec: egress=[NetworkPolicyEgressRule] ingress=[NetworkPolicyIngressRule]
  podSelector!=LabelSelector policyTypes=[string]
ServiceBackendPort: name=string number=int
`;
