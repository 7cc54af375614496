/** The types of authentication.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const AUTHENTICATION = `
BoundObjectReference: 2apiVersion=string 1kind=string 3name=string 4uid=string
SelfSubjectReview: apiVersion=string kind=string 1metadata=ObjectMeta
  2status=SelfSubjectReviewStatus
SelfSubjectReviewStatus: 1userInfo=UserInfo
TokenRequest: apiVersion=string kind=string 1metadata=ObjectMeta 2spec!=TokenRequestSpec
  3status=TokenRequestStatus
TokenRequestSpec: 1audiences!=[string] 3boundObjectRef=BoundObjectReference
  4expirationSeconds=long
TokenRequestStatus: 2expirationTimestamp!=time 1token!=string
TokenReview: apiVersion=string kind=string 1metadata=ObjectMeta 2spec!=TokenReviewSpec
  3status=TokenReviewStatus
TokenReviewSpec: 2audiences=[string] 1token=string
TokenReviewStatus: 4audiences=[string] 1authenticated=bool 3error=string 2user=UserInfo
UserInfo: 4extra={[string]} 3groups=[string] 2uid=string 1username=string
`;
