/** The types of admissionregistration.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const ADMISSION = `
AuditAnnotation: 1key!=string 2valueExpression!=string
ExpressionWarning: 2fieldRef!=string 3warning!=string
MatchCondition: 2expression!=string 1name!=string
MatchResources: 4excludeResourceRules=[NamedRuleWithOperations] 7matchPolicy=string
  1namespaceSelector=LabelSelector 2objectSelector=LabelSelector
  3resourceRules=[NamedRuleWithOperations]
MutatingWebhook: 8admissionReviewVersions!=[string] 2clientConfig!=WebhookClientConfig
  4failurePolicy=string 12matchConditions=[MatchCondition] 9matchPolicy=string 1name!=string
  5namespaceSelector=LabelSelector 11objectSelector=LabelSelector 10reinvocationPolicy=string
  3rules=[RuleWithOperations] 6sideEffects!=string 7timeoutSeconds=int
MutatingWebhookConfiguration: apiVersion=string kind=string 1metadata=ObjectMeta
  2webhooks=[MutatingWebhook|name]
NamedRuleWithOperations: apiGroups=[string] apiVersions=[string] operations=[string]
  1resourceNames=[string] 2*=RuleWithOperations
ParamKind: 1apiVersion=string 2kind=string
ParamRef: 1name=string 2namespace=string 4parameterNotFoundAction=string 3selector=LabelSelector
Rule: 1apiGroups=[string] 2apiVersions=[string]
RuleWithOperations: apiGroups=[string] apiVersions=[string] 1operations=[string] 2*=Rule
ServiceReference: 2name!=string 1namespace!=string 3path=string 4port=int
TypeChecking: 1expressionWarnings=[ExpressionWarning]
ValidatingAdmissionPolicy: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=ValidatingAdmissionPolicySpec 3status=ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec: 3matchResources=MatchResources 2paramRef=ParamRef
  1policyName=string 4validationActions=[string]
ValidatingAdmissionPolicySpec: 5auditAnnotations=[AuditAnnotation] 4failurePolicy=string
  6matchConditions=[MatchCondition] 2matchConstraints=MatchResources 1paramKind=ParamKind
  3validations=[Validation] 7variables=[Variable]
ValidatingAdmissionPolicyStatus: 3conditions=[Condition] 1observedGeneration=int
  2typeChecking=TypeChecking
ValidatingWebhook: 8admissionReviewVersions!=[string] 2clientConfig!=WebhookClientConfig
  4failurePolicy=string 11matchConditions=[MatchCondition] 9matchPolicy=string 1name!=string
  5namespaceSelector=LabelSelector 10objectSelector=LabelSelector 3rules=[RuleWithOperations]
  6sideEffects!=string 7timeoutSeconds=int
ValidatingWebhookConfiguration: apiVersion=string kind=string 1metadata=ObjectMeta
  2webhooks=[ValidatingWebhook|name]
Validation: 1expression!=string 2message=string 4messageExpression=string 3reason=string
Variable: 2expression!=string 1name!=string
WebhookClientConfig: 2caBundle=bytes 1service=ServiceReference 3url=string
`;
