/** The types of authentication.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const AUTHENTICATION = `
BoundObjectReference: apiVersion=string kind=string name=string uid=string
SelfSubjectReview: apiVersion=string kind=string metadata=ObjectMeta
  status=SelfSubjectReviewStatus
SelfSubjectReviewStatus: userInfo=UserInfo
TokenRequest: apiVersion=string kind=string metadata=ObjectMeta spec!=TokenRequestSpec
  status=TokenRequestStatus
TokenRequestSpec: audiences!=[string] boundObjectRef=BoundObjectReference expirationSeconds=long
TokenRequestStatus: expirationTimestamp!=time token!=string
TokenReview: apiVersion=string kind=string metadata=ObjectMeta spec!=TokenReviewSpec
  status=TokenReviewStatus
TokenReviewSpec: audiences=[string] token=string
TokenReviewStatus: audiences=[string] authenticated=bool error=string user=UserInfo
UserInfo: extra={[string]} groups=[string] uid=string username=string
`;
