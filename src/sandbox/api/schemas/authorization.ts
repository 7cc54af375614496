/** The types of authorization.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const AUTHORIZATION = `
LocalSubjectAccessReview: apiVersion=string kind=string metadata=ObjectMeta
  spec!=SubjectAccessReviewSpec status=SubjectAccessReviewStatus
NonResourceAttributes: path=string verb=string
NonResourceRule: nonResourceURLs=[string] verbs!=[string]
ResourceAttributes: group=string name=string namespace=string resource=string subresource=string
  verb=string version=string
ResourceRule: apiGroups=[string] resourceNames=[string]
SelfSubjectAccessReview: apiVersion=string kind=string metadata=ObjectMeta
  spec!=SelfSubjectAccessReviewSpec status=SubjectAccessReviewStatus
SelfSubjectAccessReviewSpec: nonResourceAttributes=NonResourceAttributes
  resourceAttributes=ResourceAttributes
SelfSubjectRulesReview: apiVersion=string kind=string metadata=ObjectMeta
  spec!=SelfSubjectRulesReviewSpec status=SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec: namespace=string
SubjectAccessReview: apiVersion=string kind=string metadata=ObjectMeta
  spec!=SubjectAccessReviewSpec status=SubjectAccessReviewStatus
SubjectAccessReviewSpec: extra={[string]} groups=[string]
  nonResourceAttributes=NonResourceAttributes resourceAttributes=ResourceAttributes uid=string
  user=string
SubjectAccessReviewStatus: allowed!=bool denied=bool evaluationError=string reason=string
SubjectRulesReviewStatus: evaluationError=string incomplete!=bool
  nonResourceRules!=[NonResourceRule] resourceRules!=[ResourceRule]
`;
