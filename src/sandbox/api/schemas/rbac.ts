/** The types of rbac.authorization.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const RBAC = `
AggregationRule: 1clusterRoleSelectors=[LabelSelector]
ClusterRole: 3aggregationRule=AggregationRule apiVersion=string kind=string 1metadata=ObjectMeta
  2rules=[PolicyRule]
ClusterRoleBinding: apiVersion=string kind=string 1metadata=ObjectMeta 3roleRef!=RoleRef
  2subjects=[Subject]
PolicyRule: 2apiGroups=[string] 5nonResourceURLs=[string] 4resourceNames=[string]
  3resources=[string] 1verbs!=[string]
Role: apiVersion=string kind=string 1metadata=ObjectMeta 2rules=[PolicyRule]
RoleBinding: apiVersion=string kind=string 1metadata=ObjectMeta 3roleRef!=RoleRef
  2subjects=[Subject]
RoleRef: 1apiGroup!=string 2kind!=string 3name!=string
Subject: 2apiGroup=string 1kind!=string 3name!=string 4namespace=string
`;
