/** Tools that apply objects from Git, and put back what others wrote. */
import type { KubeObject } from './object.ts';

const GITOPS_MANAGERS: Record<string, string> = {
  'argocd-controller': 'Argo CD',
  'argocd-application-controller': 'Argo CD',
  'kustomize-controller': 'Flux',
  'helm-controller': 'Flux',
};
const GITOPS_MARKS: Record<string, string> = {
  'argocd.argoproj.io/tracking-id': 'Argo CD',
  'kustomize.toolkit.fluxcd.io/name': 'Flux',
  'helm.toolkit.fluxcd.io/name': 'Flux',
};

/** Who applies this object from Git, where that shows. */
export function gitopsTool({ metadata }: KubeObject): string | undefined {
  const fields = (metadata['managedFields'] ?? []) as { manager?: string }[];
  const managers = fields.map(({ manager = '' }) => GITOPS_MANAGERS[manager]);
  const marks = Object.keys({ ...metadata.labels, ...metadata.annotations });
  return [...managers, ...marks.map((mark) => GITOPS_MARKS[mark])].find(
    (tool) => tool !== undefined,
  );
}
