/** The types of coordination.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const COORDINATION = `
Lease: apiVersion=string kind=string metadata=ObjectMeta spec=LeaseSpec
LeaseSpec: acquireTime=micro holderIdentity=string leaseDurationSeconds=int leaseTransitions=int
  preferredHolder=string renewTime=micro strategy=string
`;
