/** The types of admissionregistration.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const ADMISSION = `
AuditAnnotation: key!=string valueExpression!=string
ExpressionWarning: fieldRef!=string warning!=string
MatchCondition: expression!=string name!=string
MatchResources: excludeResourceRules=[NamedRuleWithOperations] matchPolicy=string
  namespaceSelector=LabelSelector objectSelector=LabelSelector
  resourceRules=[NamedRuleWithOperations]
MutatingWebhook: admissionReviewVersions!=[string] clientConfig!=WebhookClientConfig
  failurePolicy=string matchConditions=[MatchCondition] matchPolicy=string name!=string
  namespaceSelector=LabelSelector objectSelector=LabelSelector reinvocationPolicy=string
  rules=[RuleWithOperations] sideEffects!=string timeoutSeconds=int
MutatingWebhookConfiguration: apiVersion=string kind=string metadata=ObjectMeta
  webhooks=[MutatingWebhook|name]
NamedRuleWithOperations: apiGroups=[string] apiVersions=[string] operations=[string]
  resourceNames=[string]
ParamKind: apiVersion=string kind=string
ParamRef: name=string namespace=string parameterNotFoundAction=string selector=LabelSelector
RuleWithOperations: apiGroups=[string] apiVersions=[string] operations=[string]
ServiceReference: name!=string namespace!=string path=string port=int
TypeChecking: expressionWarnings=[ExpressionWarning]
ValidatingAdmissionPolicy: apiVersion=string kind=string metadata=ObjectMeta
  spec=ValidatingAdmissionPolicySpec status=ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding: apiVersion=string kind=string metadata=ObjectMeta
  spec=ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec: matchResources=MatchResources paramRef=ParamRef
  policyName=string validationActions=[string]
ValidatingAdmissionPolicySpec: auditAnnotations=[AuditAnnotation] failurePolicy=string
  matchConditions=[MatchCondition] matchConstraints=MatchResources paramKind=ParamKind
  validations=[Validation] variables=[Variable]
ValidatingAdmissionPolicyStatus: conditions=[Condition] observedGeneration=int
  typeChecking=TypeChecking
ValidatingWebhook: admissionReviewVersions!=[string] clientConfig!=WebhookClientConfig
  failurePolicy=string matchConditions=[MatchCondition] matchPolicy=string name!=string
  namespaceSelector=LabelSelector objectSelector=LabelSelector rules=[RuleWithOperations]
  sideEffects!=string timeoutSeconds=int
ValidatingWebhookConfiguration: apiVersion=string kind=string metadata=ObjectMeta
  webhooks=[ValidatingWebhook|name]
Validation: expression!=string message=string messageExpression=string reason=string
Variable: expression!=string name!=string
WebhookClientConfig: caBundle=bytes service=ServiceReference url=string
`;
