/** The types of authorization.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const AUTHORIZATION = `
LocalSubjectAccessReview: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec!=SubjectAccessReviewSpec 3status=SubjectAccessReviewStatus
NonResourceAttributes: 1path=string 2verb=string
NonResourceRule: 2nonResourceURLs=[string] 1verbs!=[string]
ResourceAttributes: 3group=string 7name=string 1namespace=string 5resource=string
  6subresource=string 2verb=string 4version=string
ResourceRule: 2apiGroups=[string] 4resourceNames=[string]
SelfSubjectAccessReview: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec!=SelfSubjectAccessReviewSpec 3status=SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec: 2nonResourceAttributes=NonResourceAttributes
  1resourceAttributes=ResourceAttributes
SelfSubjectRulesReview: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec!=SelfSubjectRulesReviewSpec 3status=SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec: 1namespace=string
SubjectAccessReview: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec!=SubjectAccessReviewSpec 3status=SubjectAccessReviewStatus
SubjectAccessReviewSpec: 5extra={[string]} 4groups=[string]
  2nonResourceAttributes=NonResourceAttributes 1resourceAttributes=ResourceAttributes 6uid=string
  3user=string
SubjectAccessReviewStatus: 1allowed!=bool 4denied=bool 3evaluationError=string 2reason=string
SubjectRulesReviewStatus: 4evaluationError=string 3incomplete!=bool
  2nonResourceRules!=[NonResourceRule] 1resourceRules!=[ResourceRule]
`;
