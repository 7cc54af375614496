/** The types of networking.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const NETWORKING = `
HTTPIngressPath: 2backend!=IngressBackend 1path=string 3pathType!=string
HTTPIngressRuleValue: 1paths!=[HTTPIngressPath]
IPBlock: 1cidr!=string 2except=[string]
Ingress: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=IngressSpec
  3status=IngressStatus
IngressBackend: 3resource=core.TypedLocalObjectReference 4service=IngressServiceBackend
IngressClass: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=IngressClassSpec
IngressClassParametersReference: 1apiGroup=string 2kind!=string 3name!=string 5namespace=string
  4scope=string
IngressClassSpec: 1controller=string 2parameters=IngressClassParametersReference
IngressLoadBalancerIngress: 2hostname=string 1ip=string 4ports=[IngressPortStatus]
IngressLoadBalancerStatus: 1ingress=[IngressLoadBalancerIngress]
IngressPortStatus: 3error=string 1port!=int 2protocol!=string
IngressRule: 1host=string http=HTTPIngressRuleValue 2*=IngressRuleValue
IngressRuleValue: 1http=HTTPIngressRuleValue
IngressServiceBackend: 1name!=string 2port=ServiceBackendPort
IngressSpec: 1defaultBackend=IngressBackend 4ingressClassName=string 3rules=[IngressRule]
  2tls=[IngressTLS]
IngressStatus: 1loadBalancer=IngressLoadBalancerStatus
IngressTLS: 1hosts=[string] 2secretName=string
NetworkPolicy: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=NetworkPolicySpec
NetworkPolicyEgressRule: 1ports=[NetworkPolicyPort] 2to=[NetworkPolicyPeer]
NetworkPolicyIngressRule: 2from=[NetworkPolicyPeer] 1ports=[NetworkPolicyPort]
NetworkPolicyPeer: 3ipBlock=IPBlock 2namespaceSelector=LabelSelector 1podSelector=LabelSelector
NetworkPolicyPort: 3endPort=int 2port=intstr 1protocol=string
NetworkPolicySpec: 3egress=[NetworkPolicyEgressRule] 2ingress=[NetworkPolicyIngressRule]
  1podSelector!=LabelSelector 4policyTypes=[string]
ServiceBackendPort: 1name=string 2number=int
`;
