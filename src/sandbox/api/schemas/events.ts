/** The types of events.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const EVENTS = `
Event: 6action=string apiVersion=string 15deprecatedCount=int 13deprecatedFirstTimestamp=time
  14deprecatedLastTimestamp=time 12deprecatedSource=core.EventSource 2eventTime!=micro kind=string
  1metadata=ObjectMeta 10note=string 7reason=string 8regarding=core.ObjectReference
  9related=core.ObjectReference 4reportingController=string 5reportingInstance=string
  3series=EventSeries 11type=string
EventSeries: 1count!=int 2lastObservedTime!=micro
`;
