/** The types of discovery.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const DISCOVERY = `
Endpoint: 1addresses!=[string|!=] 2conditions=EndpointConditions 5deprecatedTopology={string}
  8hints=EndpointHints 3hostname=string 6nodeName=string 4targetRef=core.ObjectReference
  7zone=string
EndpointConditions: 1ready=bool 2serving=bool 3terminating=bool
EndpointHints: 2forNodes=[ForNode] 1forZones=[ForZone]
EndpointPort: 4appProtocol=string 1name=string 3port=int 2protocol=string
EndpointSlice: 4addressType!=string apiVersion=string 2endpoints!=[Endpoint] kind=string
  1metadata=ObjectMeta 3ports=[EndpointPort]
ForNode: 1name!=string
ForZone: 1name!=string
`;
