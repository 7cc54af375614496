/** The types of storage.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const STORAGE = `
StorageClass: 6allowVolumeExpansion=bool 8allowedTopologies=[core.TopologySelectorTerm]
  apiVersion=string kind=string 1metadata=ObjectMeta 5mountOptions=[string] 3parameters={string}
  2provisioner!=string 4reclaimPolicy=string 7volumeBindingMode=string
`;
