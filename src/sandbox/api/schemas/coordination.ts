/** The types of coordination.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const COORDINATION = `
Lease: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=LeaseSpec
LeaseSpec: 3acquireTime=micro 1holderIdentity=string 2leaseDurationSeconds=int
  5leaseTransitions=int 7preferredHolder=string 4renewTime=micro 6strategy=string
`;
