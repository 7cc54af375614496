/** A policy with nothing wrong, for tests that make something of it wrong. */
export const GOOD = `apiVersion: segue.dev/v1alpha1
kind: ReleasePolicy
metadata: {name: web}
spec:
  targetRef: {name: web}
  traffic:
    services: [{name: web}]
    routers: [{gatewayAPI: {httpRoute: web}}]
  strategy:
    canary:
      stages:
      - weight: 5
        hold: 10m
      - weight: 50
`;
