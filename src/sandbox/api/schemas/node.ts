/** The types of node.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const NODE = `
Overhead: 1podFixed={quantity}
RuntimeClass: apiVersion=string 2handler!=string kind=string 1metadata=ObjectMeta 3overhead=Overhead
  4scheduling=Scheduling
Scheduling: 1nodeSelector={string}# 2tolerations=[core.Toleration]
`;
